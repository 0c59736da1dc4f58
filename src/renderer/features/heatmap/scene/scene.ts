import type { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { blockCount } from '../../../../shared/blocks/extent';
import type { LayerStore } from '../layer-store';
import type { CompareView, DifferenceView, MapOptions } from '../map-options';
import { intervalName, type NamedInterval } from '../model/intervals';
import type { Legend } from '../model/legend';
import { colourRow, type ColourRow, type Picture } from '../model/picture';
import type { Telling } from '../model/shown-runs';

/** An interval with its bitmap. */
export interface LoadedInterval {
  readonly interval: NamedInterval;
  readonly bitmap: BlockBitmap;
}

/** The blocks that an export stores, under a name of their own. */
export interface StoredLayer {
  readonly key: string;
  readonly bitmap: BlockBitmap;
}

/** All that is on the map, ready to be drawn, listed and saved. */
export interface Scene {
  readonly picture: Picture;
  /** Everything that is shown as one layer: what keys, tables and numbers go by. */
  readonly shown: number;
  /** The layers that a list of what is shown tells apart. */
  readonly listed: readonly number[];
  readonly telling: Telling;
  /** Every layer that must be kept for it. */
  readonly layers: readonly number[];
  /** Intervals behind the layers that {@link describe} counts, oldest first. */
  readonly counted: readonly number[];
  readonly sizeBytes: number;
  readonly blocks: number;
  /** One line for titles and files. */
  readonly title: string;
  readonly legend: Legend;
  /** Words for the changed blocks of a range, from their number in each counted layer. */
  readonly describe: (counts: readonly number[], blocks: number) => string;
}

const number = new Intl.NumberFormat('en-US');
const changedOf = (changed: number, blocks: number): string =>
  blocks === 1
    ? changed > 0
      ? 'changed'
      : 'unchanged'
    : `${number.format(changed)} of ${number.format(blocks)} blocks changed`;

/** One interval. */
export function changesScene(layers: LayerStore, { interval, bitmap }: LoadedInterval): Scene {
  const layer = layers.load(interval.key, bitmap);
  return {
    picture: { kind: 'changes', layer },
    shown: layer,
    listed: [layer],
    telling: 'nothing',
    layers: [layer],
    counted: [layer],
    sizeBytes: bitmap.sizeBytes,
    blocks: bitmap.blocks,
    title: `Changed from ${intervalName(interval)}`,
    legend: { kind: 'heat' },
    describe: ([changed], blocks) => changedOf(changed, blocks),
  };
}

const DIFFERENCE: Record<Exclude<DifferenceView, 'touched'>, string> = {
  'told-apart': 'Touched and truly different',
  different: 'Truly different',
  same: 'Rewritten with the same bytes',
};

/** One interval, by what the export that compared its blocks with its base found out. */
export function differenceScene(
  layers: LayerStore,
  current: LoadedInterval,
  stored: StoredLayer,
  view: DifferenceView,
): Scene {
  const plain = changesScene(layers, current);
  if (view === 'touched') return plain;
  const touched = plain.shown;
  const kept = layers.load(stored.key, stored.bitmap);
  const different = layers.combined('intersection', touched, kept);
  const same = layers.combined('only-a', touched, kept);
  const nothing = layers.combined('intersection', different, same);
  const base = {
    ...plain,
    layers: [touched, kept, different, same, nothing],
    counted: [different, same],
    title: `${DIFFERENCE[view]} from ${intervalName(current.interval)}`,
    describe: ([inDifferent, inSame]: readonly number[], blocks: number) => {
      if (inDifferent + inSame === 0) return changedOf(0, blocks);
      if (blocks === 1) return inSame > 0 ? 'rewritten with the same bytes' : 'truly different';
      return `${number.format(inDifferent)} truly different, ${number.format(inSame)} rewritten the same, of ${number.format(blocks)} blocks`;
    },
  };
  if (view === 'told-apart') {
    const picture: Picture = { kind: 'compare', onlyA: different, onlyB: same, both: nothing };
    return { ...base, picture, legend: { kind: 'difference' } };
  }
  const shown = view === 'different' ? different : same;
  const row = view === 'different' ? colourRow.onlyA : colourRow.onlyB;
  return {
    ...base,
    picture: { kind: 'changes', layer: shown, row },
    shown,
    listed: [shown],
    legend: { kind: 'single', row, text: DIFFERENCE[view].toLowerCase() },
  };
}

const COMPARED: Record<CompareView, string> = {
  all: 'A and B compared',
  a: 'Changed in A',
  b: 'Changed in B',
  union: 'Changed in A or B',
  'only-a': 'Changed only in A',
  'only-b': 'Changed only in B',
  both: 'Changed in both A and B',
};

/** Two intervals, or one way to combine them. */
export function compareScene(
  layers: LayerStore,
  a: LoadedInterval,
  b: LoadedInterval,
  view: MapOptions['compareView'],
): Scene {
  const [inA, inB] = [a, b].map(({ interval, bitmap }) => layers.load(interval.key, bitmap));
  const onlyA = layers.combined('only-a', inA, inB);
  const onlyB = layers.combined('only-b', inA, inB);
  const both = layers.combined('intersection', inA, inB);
  const union = layers.combined('union', inA, inB);
  const views: Record<Exclude<CompareView, 'all'>, readonly [layer: number, row: ColourRow]> = {
    a: [inA, colourRow.onlyA],
    b: [inB, colourRow.onlyB],
    union: [union, colourRow.heat],
    'only-a': [onlyA, colourRow.onlyA],
    'only-b': [onlyB, colourRow.onlyB],
    both: [both, colourRow.both],
  };
  const larger = a.bitmap.sizeBytes >= b.bitmap.sizeBytes ? a.bitmap : b.bitmap;
  const shown = view === 'all' ? union : views[view][0];
  return {
    picture:
      view === 'all'
        ? { kind: 'compare', onlyA, onlyB, both }
        : { kind: 'changes', layer: views[view][0], row: views[view][1] },
    shown,
    listed: view === 'all' ? [inA, inB] : [shown],
    telling: view === 'all' ? 'compare' : 'nothing',
    layers: [inA, inB, onlyA, onlyB, both, union],
    counted: [onlyA, onlyB, both],
    sizeBytes: larger.sizeBytes,
    blocks: larger.blocks,
    title: `${COMPARED[view]}. A: ${intervalName(a.interval)}, B: ${intervalName(b.interval)}`,
    legend:
      view === 'all'
        ? { kind: 'compare' }
        : view === 'union'
          ? { kind: 'heat' }
          : {
              kind: 'single',
              row: views[view][1],
              text: COMPARED[view].toLowerCase().replace(/\b([ab])\b/g, (name) => name.toUpperCase()),
            },
    describe: ([inOnlyA, inOnlyB, inBoth], blocks) => {
      if (inOnlyA + inOnlyB + inBoth === 0) return changedOf(0, blocks);
      if (blocks === 1) return `changed ${inBoth ? 'in both' : inOnlyA ? 'only in A' : 'only in B'}`;
      const parts = [
        [inOnlyA, 'only in A'],
        [inOnlyB, 'only in B'],
        [inBoth, 'in both'],
      ] as const;
      return `changed ${parts.map(([count, where]) => `${number.format(count)} ${where}`).join(', ')} of ${number.format(blocks)} blocks`;
    },
  };
}

/** How many of some intervals touched each part of the disk. */
export function churnScene(layers: LayerStore, intervals: readonly LoadedInterval[]): Scene {
  const each = intervals.map(({ interval, bitmap }) => layers.load(interval.key, bitmap));
  const shown = each.length === 1 ? each[0] : layers.united(each);
  const largest = intervals.reduce((a, b) => (b.bitmap.sizeBytes > a.bitmap.sizeBytes ? b : a)).bitmap;
  const [first, last] = [intervals[0].interval, intervals.at(-1)!.interval];
  return {
    picture: { kind: 'churn', layers: each },
    shown,
    listed: each,
    telling: 'count',
    layers: [...each, shown],
    counted: each,
    sizeBytes: largest.sizeBytes,
    blocks: largest.blocks,
    title: `Churn over ${each.length} intervals, ${first.fromName} → ${last.toName}`,
    legend: { kind: 'churn', intervals: each.length },
    describe: (counts) => {
      const touched = counts.filter((count) => count > 0).length;
      if (touched === 0) return `unchanged in all ${each.length} intervals`;
      const newest = counts.findLastIndex((count) => count > 0);
      return `changed in ${touched} of ${each.length} intervals, last ${intervalName(intervals[newest].interval)}`;
    },
  };
}

/** One interval of the timeline over a trail of those before it. The newest is the last of the list. */
export function frameScene(
  layers: LayerStore,
  intervals: readonly LoadedInterval[],
  sizeBytes: number,
): Scene {
  const current = intervals.at(-1)!;
  const each = intervals.map(({ interval, bitmap }) => layers.load(interval.key, bitmap));
  const shown = each.at(-1)!;
  return {
    ...changesScene(layers, current),
    picture: { kind: 'trail', layers: [...each].reverse() },
    layers: each,
    counted: [shown],
    sizeBytes,
    blocks: blockCount(sizeBytes),
    legend: { kind: 'trail', before: each.length - 1 },
  };
}
