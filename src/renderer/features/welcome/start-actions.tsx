import { Icon } from '../../ui/icon';
import { KeyHint } from '../../ui/key-hint';
import { Section } from '../../ui/section';
import { useServices } from '../../workbench/use-services';

const ACTIONS = ['pool.connect', 'pool.openDemo', 'library.addFolder', 'quick.commands'];

export function StartActions() {
  const { commands, platform } = useServices();
  return (
    <Section title="Start">
      <ul className="ds-welcome-list">
        {ACTIONS.map((id) => {
          const command = commands.get(id);
          if (command === undefined) return null;
          return (
            <li key={id}>
              <button
                type="button"
                className="ds-welcome-action"
                data-command={id}
                onClick={() => void commands.run(id)}
              >
                <Icon name={command.icon ?? 'play'} />
                <span>{command.title}</span>
              </button>
              {command.keys?.[0] !== undefined && <KeyHint keys={command.keys[0]} platform={platform} />}
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
