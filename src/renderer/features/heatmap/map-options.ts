import { createStore } from 'zustand/vanilla';

/** What the map shows: one interval; two compared; how often blocks change; interval by interval in time. */
export const MODES = ['changes', 'compare', 'churn', 'playback'] as const;
export type Mode = (typeof MODES)[number];

/** Which blocks of two intervals are shown. */
export const COMPARE_VIEWS = ['all', 'a', 'b', 'union', 'only-a', 'only-b', 'both'] as const;
export type CompareView = (typeof COMPARE_VIEWS)[number];
export const COMPARE_TITLES: Record<CompareView, string> = {
  all: 'All',
  a: 'A',
  b: 'B',
  union: 'A or B',
  'only-a': 'Only A',
  'only-b': 'Only B',
  both: 'Both',
};

/** Which blocks of an interval are shown whose export compared them with its base. */
export const DIFFERENCE_VIEWS = ['touched', 'told-apart', 'different', 'same'] as const;
export type DifferenceView = (typeof DIFFERENCE_VIEWS)[number];

export const DIFFERENCE_TITLES: Record<DifferenceView, string> = {
  touched: 'Touched',
  'told-apart': 'Told apart',
  different: 'Truly different',
  same: 'Rewritten the same',
};

/** Intervals a second. */
export const SPEEDS = [0.5, 1, 2, 4] as const;
export const speedTitle = (speed: number): string => `${speed} a second`;

export interface MapOptions {
  readonly mode: Mode;
  /** Key of the interval to compare with; undefined: the one before. */
  readonly compareWith: string | undefined;
  readonly compareView: CompareView;
  readonly differenceView: DifferenceView;
  /** How many of the newest intervals the churn counts. */
  readonly churnOver: number;
  /** Index of the interval that the playback shows; undefined: the newest. */
  readonly frame: number | undefined;
  readonly playing: boolean;
  /** Intervals a second. */
  readonly speed: (typeof SPEEDS)[number];
  /** Every change in the strongest colour. */
  readonly boost: boolean;
  /** Outlines of partitions on the map. */
  readonly outlines: boolean;
  /** What a running export does. */
  readonly job: boolean;
}

const initial: MapOptions = {
  mode: 'changes',
  compareWith: undefined,
  compareView: 'all',
  differenceView: 'touched',
  churnOver: 7,
  frame: undefined,
  playing: false,
  speed: 1,
  boost: false,
  outlines: true,
  job: true,
};

/** The choices made at one map. */
export function createMapOptions() {
  return createStore<MapOptions>(() => initial);
}
export type MapOptionsStore = ReturnType<typeof createMapOptions>;
