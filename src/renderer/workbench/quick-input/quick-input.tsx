import { Dialog } from 'radix-ui';
import { useEffect, useId, useMemo, useRef, type KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import type { QuickItem } from '../../stores/quick-input';
import { afterClose } from '../after-close';
import { useServices } from '../use-services';
import { QuickRow } from './quick-row';
import { useChosen, useQuickItems } from './use-quick-items';
import './quick-input.css';

/** The box at the top of the window: palette, go to, choose. */
export function QuickInput() {
  const { quickInput } = useServices();
  const open = useStore(quickInput, (state) => state.open);
  if (!open) return null;
  return (
    <Dialog.Root open onOpenChange={(stays) => !stays && quickInput.close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="ds-quick-overlay" />
        <Dialog.Content
          className="ds-quick"
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => event.preventDefault()}
        >
          <QuickList />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const PAGE = 10;

/** The index an arrow leads to, going round at the ends. */
function step(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return (at + 1) % count;
    case 'ArrowUp':
      return (at - 1 + count) % count;
    case 'PageDown':
      return Math.min(count - 1, at + PAGE);
    case 'PageUp':
      return Math.max(0, at - PAGE);
    default:
      return undefined;
  }
}

/** A combobox with its list always open. Source: WAI-ARIA Authoring Practices, "Combobox Pattern". */
function QuickList() {
  const { quickInput, registries } = useServices();
  const query = useStore(quickInput, (state) => state.query);
  const pick = useStore(quickInput, (state) => state.pick);
  const listId = useId();
  const input = useRef<HTMLInputElement>(null);

  const provider = useMemo(() => {
    if (pick !== undefined) return undefined;
    const prefixed = registries.quickAccess.all().find(({ id }) => id !== '' && query.startsWith(id));
    return prefixed ?? registries.quickAccess.get('');
  }, [pick, query, registries]);
  const text = provider === undefined ? query : query.slice(provider.id.length);
  const items = useQuickItems(provider, pick, text);
  const [index, choose] = useChosen(query, items);
  const title = pick?.title ?? provider?.title ?? 'Quick input';

  useEffect(() => {
    const field = input.current;
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
  }, [pick, provider]);
  useEffect(() => {
    document.getElementById(`${listId}-${index}`)?.scrollIntoView({ block: 'nearest' });
  }, [listId, index, items]);

  const accept = (item: QuickItem | undefined): void => {
    if (item === undefined || item.disabled === true) return;
    quickInput.close();
    afterClose(item.run);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = items.length === 0 ? undefined : step(event.key, index, items.length);
    if (next !== undefined) choose(next);
    else if (event.key === 'Enter') accept(items[index]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <Dialog.Title className={pick === undefined ? 'ds-visually-hidden' : 'ds-quick-title'}>
        {title}
      </Dialog.Title>
      <div className="ds-quick-field">
        <input
          ref={input}
          className="ds-input"
          role="combobox"
          aria-label={title}
          aria-expanded="true"
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={items.length === 0 ? undefined : `${listId}-${index}`}
          spellCheck={false}
          autoComplete="off"
          value={query}
          placeholder={pick?.placeholder ?? provider?.placeholder}
          onChange={(event) => quickInput.type(event.target.value)}
          onKeyDown={onKeyDown}
        />
      </div>
      <ul className="ds-quick-list" id={listId} role="listbox" aria-label={title}>
        {items.map((item, at) => (
          <QuickRow
            key={item.id}
            id={`${listId}-${at}`}
            item={item}
            selected={at === index}
            onSelect={() => accept(item)}
          />
        ))}
      </ul>
      <p className="ds-quick-empty" role="status">
        {items.length === 0 && (provider?.emptyText ?? 'Nothing matches.')}
      </p>
    </>
  );
}
