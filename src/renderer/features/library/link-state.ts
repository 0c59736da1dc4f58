import type { LibraryEntry } from '../../../shared/model/library';
import type { Verdict } from '../../stores/verdicts';
import { ancestorsOf } from './chains';

export type LinkState =
  /** A file or an export that it needs is missing: seen without reading data. */
  | { readonly kind: 'broken' }
  | { readonly kind: 'damaged'; readonly verdict: Verdict }
  /** Itself right or unknown, but it builds on one that is damaged. */
  | { readonly kind: 'base-damaged'; readonly base: LibraryEntry }
  | { readonly kind: 'sound'; readonly verdict: Verdict }
  | { readonly kind: 'unknown' };

/** What is known about whether an export can be used. */
export function linkState(
  entry: LibraryEntry,
  entries: readonly LibraryEntry[],
  verdicts: Readonly<Partial<Record<string, Verdict>>>,
): LinkState {
  if (entry.failure !== undefined) return { kind: 'broken' };
  const verdict = verdicts[entry.manifest.id];
  if (verdict !== undefined && !verdict.sound) return { kind: 'damaged', verdict };
  const isDamaged = (verdict: Verdict | undefined): boolean => verdict !== undefined && !verdict.sound;
  const base = ancestorsOf(entry, entries).find(({ manifest }) => isDamaged(verdicts[manifest.id]));
  if (base !== undefined) return { kind: 'base-damaged', base };
  return verdict === undefined ? { kind: 'unknown' } : { kind: 'sound', verdict };
}

export const LINK_STATES = {
  broken: { icon: 'error', tone: 'error', text: 'broken' },
  damaged: { icon: 'error', tone: 'error', text: 'damaged' },
  'base-damaged': { icon: 'warning', tone: 'warning', text: 'base damaged' },
  sound: { icon: 'pass', tone: 'success', text: 'sound' },
  unknown: { icon: 'question', tone: 'neutral', text: 'never verified' },
} as const satisfies Record<LinkState['kind'], object>;

const WORST_FIRST: readonly LinkState['kind'][] = ['broken', 'damaged', 'base-damaged', 'unknown', 'sound'];

/** What is to be said of several together: the worst. */
export const worstOf = (states: readonly LinkState[]): LinkState['kind'] =>
  WORST_FIRST.find((kind) => states.some((state) => state.kind === kind)) ?? 'unknown';
