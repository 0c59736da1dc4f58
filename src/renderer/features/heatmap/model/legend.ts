import { CELL_FULL } from '../../../../shared/blocks/view';
import { liveValue } from './live-states';
import { churnValue, colourRow, trailValue, type ColourRow } from './picture';

/** What the colours of the map mean. */
export type Legend =
  | { readonly kind: 'heat' }
  /** The blocks of an export, whatever of them changed. */
  | { readonly kind: 'plan' }
  | { readonly kind: 'single'; readonly row: ColourRow; readonly text: string }
  | { readonly kind: 'compare' }
  | { readonly kind: 'difference' }
  | { readonly kind: 'churn'; readonly intervals: number }
  | { readonly kind: 'trail'; readonly before: number };

/** One colour and its meaning, or a range of colours from one meaning to another. */
export type LegendEntry =
  | { readonly kind: 'colour'; readonly row: ColourRow; readonly value: number; readonly text: string }
  | { readonly kind: 'ramp'; readonly row: ColourRow; readonly from: string; readonly text: string };

const colour = (row: ColourRow, value: number, text: string): LegendEntry => ({
  kind: 'colour',
  row,
  value,
  text,
});
const unchanged = colour(colourRow.heat, 0, 'unchanged');

function heat(blocksPerCell: number): LegendEntry {
  return blocksPerCell === 1
    ? colour(colourRow.heat, CELL_FULL, 'changed')
    : { kind: 'ramp', row: colourRow.heat, from: 'one block changed', text: 'all' };
}

/** What the colours on the map mean, in the order in which they are explained. */
export function legendEntries(legend: Legend, blocksPerCell: number, live: boolean): LegendEntry[] {
  const nothing = legend.kind === 'plan' ? colour(colourRow.heat, 0, 'not in the export') : unchanged;
  const entries = [nothing, ...entriesOf(legend, blocksPerCell)];
  if (!live) return entries;
  return [
    // Each block of an export is in one of its states.
    ...(legend.kind === 'plan' ? [nothing] : entries),
    colour(colourRow.live, liveValue.queued, 'queued'),
    colour(colourRow.live, liveValue.reading, 'reading'),
    colour(colourRow.live, liveValue.done, 'done'),
    colour(colourRow.live, liveValue.retried, 'retried'),
    colour(colourRow.live, liveValue.failed, 'failed'),
  ];
}

function entriesOf(legend: Legend, blocksPerCell: number): LegendEntry[] {
  switch (legend.kind) {
    case 'heat':
      return [heat(blocksPerCell)];
    case 'plan':
      return [
        blocksPerCell === 1
          ? colour(colourRow.heat, CELL_FULL, 'in the export')
          : { kind: 'ramp', row: colourRow.heat, from: 'one block in the export', text: 'all' },
      ];
    case 'single':
      return [colour(legend.row, CELL_FULL, legend.text)];
    case 'compare':
      return [
        colour(colourRow.onlyA, CELL_FULL, 'only in A'),
        colour(colourRow.onlyB, CELL_FULL, 'only in B'),
        colour(colourRow.both, CELL_FULL, blocksPerCell === 1 ? 'in both' : 'in both, or some in each'),
      ];
    case 'difference':
      return [
        colour(colourRow.onlyA, CELL_FULL, 'truly different'),
        colour(colourRow.onlyB, CELL_FULL, 'rewritten with the same bytes'),
        ...(blocksPerCell === 1 ? [] : [colour(colourRow.both, CELL_FULL, 'some of each')]),
      ];
    case 'churn':
      return churnSteps(legend.intervals);
    case 'trail':
      return [
        heat(blocksPerCell),
        ...(legend.before > 0
          ? [colour(colourRow.trail, trailValue(0, legend.before), 'changed just before')]
          : []),
      ];
  }
}

function churnSteps(intervals: number): LegendEntry[] {
  if (intervals > 8)
    return [{ kind: 'ramp', row: colourRow.churn, from: 'in 1 interval', text: `in all ${intervals}` }];
  return Array.from({ length: intervals }, (_, at) =>
    colour(
      colourRow.churn,
      churnValue(at + 1, intervals),
      at + 1 === intervals ? `${at + 1} of ${intervals}` : String(at + 1),
    ),
  );
}
