import type { KeyboardEvent, MouseEvent } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { LibraryEntry } from '../../../shared/model/library';
import { formatBytes } from '../../platform/format';
import { shownFor } from '../../stores/library-operations';
import { Badge } from '../../ui/badge';
import { Icon } from '../../ui/icon';
import { FailureNote } from '../../ui/states';
import { useServices } from '../../workbench/use-services';
import { LinkActions } from './link-actions';
import { LinkFacts } from './link-facts';
import { LINK_STATES, linkState } from './link-state';
import { OperationView } from './operation-view';
import { useExportContext } from './use-export-context';
import { VerdictNote } from './verdict-note';

export interface ChainLinkProps {
  readonly entry: LibraryEntry;
  readonly entries: readonly LibraryEntry[];
  /** Size of its image against the largest one, 0 to 1. */
  readonly share: number;
}

/** One link of a chain. Arrow keys go to the next, the menu key opens what can be done with it. */
export function ChainLink({ entry, entries, share }: ChainLinkProps) {
  const { library, layout, libraryOperations, contextMenu } = useServices();
  const { manifest, manifestPath, failure } = entry;
  const isFull = manifest.parent === undefined;
  const verdicts = useStore(layout, (state) => state.verdicts);
  const isSelected = useStore(library, ({ selected }) => selected === manifestPath);
  const operations = useStore(
    libraryOperations,
    useShallow((state) => shownFor(state, manifestPath)),
  );
  const overlay = useExportContext(manifestPath);
  const state = linkState(entry, entries, verdicts);
  const { icon, tone, text } = LINK_STATES[state.kind];

  const openMenu = (target: HTMLElement, x: number, y: number): void =>
    contextMenu.show({ menu: 'chain/link', x, y, args: [manifestPath], overlay, returnFocus: target });
  const onContextMenu = (event: MouseEvent<HTMLElement>): void => {
    event.preventDefault();
    library.select(manifestPath);
    openMenu(event.currentTarget, event.clientX, event.clientY);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const card = event.currentTarget;
    if (event.target !== card) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const cards = [...(card.closest('.ds-page')?.querySelectorAll<HTMLElement>('.ds-chain article') ?? [])];
      cards[cards.indexOf(card) + (event.key === 'ArrowDown' ? 1 : -1)]?.focus();
    } else if (event.key === 'ContextMenu' || (event.shiftKey && event.key === 'F10')) {
      const box = card.getBoundingClientRect();
      openMenu(card, box.left + 24, box.top + 32);
    } else return;
    event.preventDefault();
  };

  return (
    <li className={`${isFull ? 'is-full is-first' : ''} is-${state.kind}`}>
      <span className="ds-chain-mark" aria-hidden="true">
        <Icon name={isFull ? 'database' : 'diff-added'} />
      </span>
      <article
        aria-label={manifest.image.file}
        aria-current={isSelected ? 'true' : undefined}
        tabIndex={0}
        onFocus={() => library.select(manifestPath)}
        onContextMenu={onContextMenu}
        onKeyDown={onKeyDown}
      >
        <header>
          <h3 className="ds-selectable">{manifest.image.file}</h3>
          <Badge>{isFull ? 'full' : 'increment'}</Badge>
          <Badge tone={tone} icon={icon}>
            {text}
          </Badge>
          <LinkActions
            manifestPath={manifestPath}
            overlay={overlay}
            onMore={(button) => {
              const box = button.getBoundingClientRect();
              openMenu(button, box.left, box.bottom);
            }}
          />
        </header>
        <p className="ds-chain-size">
          <span className="ds-chain-bar" aria-hidden="true">
            <i style={{ width: `${Math.max(0.5, share * 100)}%` }} />
          </span>
          <span className="ds-number">{formatBytes(manifest.image.fileBytes)}</span>
        </p>
        {failure !== undefined && <FailureNote failure={failure} />}
        <LinkFacts entry={entry} />
        {failure === undefined && <VerdictNote state={state} />}
        {operations.map((operation) => (
          <OperationView key={operation.id} operation={operation} />
        ))}
      </article>
    </li>
  );
}
