import { Command } from 'cmdk';
import { Dialog } from 'radix-ui';
import { useMemo, type KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import type { QuickItem } from '../../stores/quick-input';
import { Icon } from '../../ui/icon';
import { KeyHint } from '../../ui/key-hint';
import { useServices } from '../use-services';
import { filterItems } from './filter';
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
        <Dialog.Content className="ds-quick" aria-describedby={undefined}>
          <QuickList />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function QuickList() {
  const { quickInput, registries } = useServices();
  const query = useStore(quickInput, (state) => state.query);
  const pick = useStore(quickInput, (state) => state.pick);
  const provider = useMemo(() => {
    if (pick !== undefined) return undefined;
    const prefixed = registries.quickAccess.all().find(({ id }) => id !== '' && query.startsWith(id));
    return prefixed ?? registries.quickAccess.get('');
  }, [pick, query, registries]);
  const text = provider === undefined ? query : query.slice(provider.id.length);
  const items = useMemo(
    () => (pick === undefined ? (provider?.items(text.trimStart()) ?? []) : filterItems(text, pick.items)),
    [pick, provider, text],
  );
  const title = pick?.title ?? provider?.title ?? 'Quick input';

  const accept = (item: QuickItem): void => {
    quickInput.close();
    // After the box has given the focus back, so that a dialog or an editor can take it.
    setTimeout(item.run);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') return;
    event.stopPropagation();
  };
  return (
    <Command label={title} shouldFilter={false} loop onKeyDown={onKeyDown}>
      <Dialog.Title className={pick === undefined ? 'ds-visually-hidden' : 'ds-quick-title'}>
        {title}
      </Dialog.Title>
      <div className="ds-quick-field">
        <Command.Input
          className="ds-input"
          value={query}
          onValueChange={quickInput.type}
          placeholder={pick?.placeholder ?? provider?.placeholder}
        />
      </div>
      <Command.List className="ds-quick-list" label={title}>
        {items.length === 0 && (
          <Command.Empty className="ds-quick-empty">
            {provider?.emptyText ?? 'Nothing matches.'}
          </Command.Empty>
        )}
        {items.map((item, index) => (
          <QuickRow
            key={item.id}
            item={item}
            heading={item.section !== items[index - 1]?.section ? item.section : undefined}
            onSelect={() => accept(item)}
          />
        ))}
      </Command.List>
    </Command>
  );
}

function QuickRow({
  item,
  heading,
  onSelect,
}: {
  item: QuickItem;
  heading?: string | undefined;
  onSelect: () => void;
}) {
  const { platform } = useServices();
  return (
    <Command.Item
      className="ds-quick-item"
      value={item.id}
      disabled={item.disabled === true}
      onSelect={onSelect}
    >
      {item.icon !== undefined && <Icon name={item.icon} />}
      <span className="ds-truncate">
        <Highlighted text={item.label} at={item.matches} />
      </span>
      {item.description !== undefined && (
        <span className="ds-quick-description ds-truncate">{item.description}</span>
      )}
      <span className="ds-quick-end">
        {heading !== undefined && <span className="ds-quick-heading">{heading}</span>}
        {item.keys !== undefined && <KeyHint keys={item.keys} platform={platform} />}
      </span>
    </Command.Item>
  );
}

function Highlighted({ text, at }: { text: string; at: readonly number[] | undefined }) {
  if (at === undefined || at.length === 0) return text;
  const marked = new Set(at);
  return Array.from(text).map((letter, index) => (marked.has(index) ? <b key={index}>{letter}</b> : letter));
}
