import fuzzysort from 'fuzzysort';
import type { QuickItem } from '../../stores/quick-input';

/** More than anyone reads. */
const LIMIT = 200;

/** The items that match what was typed, best first; all of them (up to the limit) when nothing was. */
export function filterItems(query: string, items: readonly QuickItem[], limit = LIMIT): readonly QuickItem[] {
  const wanted = query.trim();
  if (wanted === '') return items.slice(0, limit);
  return fuzzysort
    .go(wanted, items, { key: 'label', limit, threshold: 0.3 })
    .map(({ obj, indexes }) => ({ ...obj, matches: [...indexes] }));
}
