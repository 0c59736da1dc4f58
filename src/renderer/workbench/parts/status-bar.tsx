import type { ReactNode } from 'react';
import { Tip } from '../../ui/tip';
import { Icon } from '../../ui/icon';
import { useServices } from '../use-services';

export function StatusBar() {
  const { registries } = useServices();
  const entries = registries.statusEntries.all();
  const on = (side: 'left' | 'right') =>
    entries.filter((entry) => entry.side === side).map(({ id, component: Entry }) => <Entry key={id} />);
  return (
    <footer className="ds-status-bar" data-part="status-bar" aria-label="Status bar">
      <div>{on('left')}</div>
      <div>{on('right')}</div>
    </footer>
  );
}

export interface StatusEntryProps {
  readonly icon?: string;
  readonly spin?: boolean;
  readonly text: ReactNode;
  /** Says the same as the text, in full. */
  readonly label: string;
  readonly command?: string;
  readonly args?: readonly unknown[];
  readonly tone?: 'normal' | 'demo' | 'error';
}

/** One entry: short text, one icon, a command behind it. */
export function StatusEntry({
  icon,
  spin = false,
  text,
  label,
  command,
  args = [],
  tone = 'normal',
}: StatusEntryProps) {
  const { commands } = useServices();
  const content = (
    <>
      {icon !== undefined && <Icon name={icon} spin={spin} />}
      {text !== '' && <span className="ds-number">{text}</span>}
    </>
  );
  const className = `ds-status-entry ds-status-${tone}`;
  if (command === undefined) return <span className={className}>{content}</span>;
  return (
    <Tip text={label} side="top">
      <button
        type="button"
        className={className}
        aria-label={label}
        data-command={command}
        onClick={() => void commands.run(command, ...args)}
      >
        {content}
      </button>
    </Tip>
  );
}
