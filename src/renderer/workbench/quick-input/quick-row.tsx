import type { QuickItem } from '../../stores/quick-input';
import { Icon } from '../../ui/icon';
import { KeyHint } from '../../ui/key-hint';
import { useServices } from '../use-services';

export interface QuickRowProps {
  readonly id: string;
  readonly item: QuickItem;
  readonly selected: boolean;
  readonly onSelect: () => void;
}

export function QuickRow({ id, item, selected, onSelect }: QuickRowProps) {
  const { platform } = useServices();
  const { label, description, icon, keys, matches, disabled = false } = item;
  return (
    <li
      className="ds-quick-item"
      id={id}
      role="option"
      aria-selected={selected}
      aria-disabled={disabled}
      // The field keeps the focus.
      onMouseDown={(event) => event.preventDefault()}
      onClick={onSelect}
    >
      {icon !== undefined && <Icon name={icon} />}
      <span className="ds-truncate">
        <Highlighted text={label} at={matches} />
      </span>
      {description !== undefined && <span className="ds-quick-description ds-truncate">{description}</span>}
      {keys !== undefined && (
        <span className="ds-quick-end">
          <KeyHint keys={keys} platform={platform} />
        </span>
      )}
    </li>
  );
}

function Highlighted({ text, at }: { text: string; at: readonly number[] | undefined }) {
  if (at === undefined || at.length === 0) return text;
  const marked = new Set(at);
  return Array.from(text).map((letter, index) => (marked.has(index) ? <b key={index}>{letter}</b> : letter));
}
