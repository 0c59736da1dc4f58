import { KeyHint } from '../../ui/key-hint';
import { Logo } from '../logo';
import { useServices } from '../use-services';

const HINTS = ['quick.commands', 'quick.goTo', 'pool.connect', 'pool.openDemo', 'help.shortcuts'];

/** What the middle shows while no editor is open. */
export function Watermark() {
  const { commands, platform } = useServices();
  return (
    <div className="ds-watermark">
      <Logo size={96} />
      <ul>
        {HINTS.map((id) => {
          const command = commands.get(id);
          const keys = command?.keys?.[0];
          if (command === undefined) return null;
          return (
            <li key={id}>
              <button type="button" data-command={id} onClick={() => void commands.run(id)}>
                {command.title}
              </button>
              {keys !== undefined && <KeyHint keys={keys} platform={platform} />}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
