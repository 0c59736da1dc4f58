import { useRef, type KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import { keyText } from '../../platform/key-bindings';
import { Icon } from '../../ui/icon';
import { Tip } from '../../ui/tip';
import type { ViewDescriptor } from '../registries';
import { useServices } from '../use-services';

const NO_BADGE = (): number => 0;

/** The outer left bar: one button per view, roving focus with the arrow keys. */
export function ActivityBar() {
  const { registries } = useServices();
  const bar = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const buttons = [...(bar.current?.querySelectorAll('button') ?? [])];
    const at = buttons.findIndex((button) => button === document.activeElement);
    buttons[(at + (event.key === 'ArrowDown' ? 1 : -1) + buttons.length) % buttons.length]?.focus();
    event.preventDefault();
  };
  return (
    <nav
      className="ds-activity-bar"
      data-part="activity-bar"
      aria-label="Views"
      ref={bar}
      onKeyDown={onKeyDown}
    >
      <div>
        {registries.views.all().map((view) => (
          <ViewButton key={view.id} view={view} />
        ))}
      </div>
      <div>
        <ActionButton command="help.welcome" icon="home" label="Welcome" />
        <ActionButton command="settings.open" icon="settings-gear" label="Settings" />
      </div>
    </nav>
  );
}

function ViewButton({ view }: { view: ViewDescriptor }) {
  const { layout, commands, platform } = useServices();
  const current = useStore(layout, ({ view: shown, sideBarVisible }) => sideBarVisible && shown === view.id);
  const useBadge = view.useBadge ?? NO_BADGE;
  const badge = useBadge();
  const keys = commands.get(`view.${view.id}`)?.keys?.[0];
  const label = keys === undefined ? view.title : `${view.title} (${keyText(keys, platform)})`;
  return (
    <Tip text={label} side="right">
      <button
        type="button"
        aria-label={badge > 0 ? `${view.title}, ${badge}` : view.title}
        aria-pressed={current}
        data-command={`view.${view.id}`}
        onClick={() => void commands.run(current ? 'view.toggleSideBar' : `view.${view.id}`)}
      >
        <Icon name={view.icon} />
        {badge > 0 && <span className="ds-activity-badge">{badge > 99 ? '99+' : badge}</span>}
      </button>
    </Tip>
  );
}

function ActionButton({ command, icon, label }: { command: string; icon: string; label: string }) {
  const { commands } = useServices();
  return (
    <Tip text={label} side="right">
      <button
        type="button"
        aria-label={label}
        data-command={command}
        onClick={() => void commands.run(command)}
      >
        <Icon name={icon} />
      </button>
    </Tip>
  );
}
