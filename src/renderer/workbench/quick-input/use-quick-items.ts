import { useEffect, useMemo, useState } from 'react';
import type { QuickItem, QuickPick } from '../../stores/quick-input';
import type { QuickAccessProvider } from '../registries';
import { filterItems } from './filter';

/** What matches the typed text; anew whenever the provider says that it has others now. */
export function useQuickItems(
  provider: QuickAccessProvider | undefined,
  pick: QuickPick | undefined,
  text: string,
): readonly QuickItem[] {
  const [version, setVersion] = useState(0);
  useEffect(() => {
    const registration = provider?.onDidChange?.(() => setVersion((before) => before + 1));
    return () => registration?.dispose();
  }, [provider]);
  return useMemo(() => {
    const items = pick === undefined ? provider?.items(text.trimStart()) : filterItems(text, pick.items);
    return { version, items: items ?? [] };
  }, [pick, provider, text, version]).items;
}

/**
 * The chosen one of a list, by its place. What was typed anew starts at the best match; when the list changes by itself,
 * the item stays chosen, wherever it is now.
 */
export function useChosen(query: string, items: readonly QuickItem[]): [number, (index: number) => void] {
  const [chosen, setChosen] = useState({ query, items, index: 0 });
  let { index } = chosen;
  if (chosen.items !== items || chosen.query !== query) {
    const id = chosen.items[index]?.id;
    const same = items.findIndex((item) => item.id === id);
    const kept = same === -1 ? Math.min(index, items.length - 1) : same;
    index = chosen.query === query ? Math.max(0, kept) : 0;
    setChosen({ query, items, index });
  }
  return [index, (next) => setChosen({ query, items, index: next })];
}
