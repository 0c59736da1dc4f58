import type { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { combine } from '../../../../shared/blocks/layers';
import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import type { BlockRange } from '../../../../shared/blocks/view';

/** How the layers of a picture are told apart in a list: not at all, as two intervals, or by how many hold a block. */
export type Telling = 'nothing' | 'compare' | 'count';

export interface ShownRun {
  /** Bytes. */
  readonly offset: number;
  readonly length: number;
  /** `a`, `b` or `both` when comparing; the number of intervals when counting. */
  readonly mark?: string | number;
}

/** The changed extents of some layers within a range of blocks, ascending, split where what is told about them differs. */
export function* shownRuns(
  layers: readonly BlockBitmap[],
  telling: Telling,
  range: BlockRange,
): Generator<ShownRun> {
  const [first, ...others] = layers;
  if (first === undefined) return;
  const union = others.reduce((sum, layer) => combine('union', sum, layer), first);
  const extent = (from: number, to: number) => ({
    offset: from * CBT_BLOCK_SIZE,
    length: Math.min(to * CBT_BLOCK_SIZE, union.sizeBytes) - from * CBT_BLOCK_SIZE,
  });
  for (const [from, to] of union.runs(range.first, range.end)) {
    if (telling === 'nothing') {
      yield extent(from, to);
      continue;
    }
    let start = from;
    let mark = markOf(layers, telling, from);
    for (let block = from + 1; block < to; block++) {
      const next = markOf(layers, telling, block);
      if (next === mark) continue;
      yield { ...extent(start, block), mark };
      start = block;
      mark = next;
    }
    yield { ...extent(start, to), mark };
  }
}

function markOf(layers: readonly BlockBitmap[], telling: Telling, block: number): string | number {
  if (telling === 'count') return layers.reduce((sum, layer) => sum + Number(layer.has(block)), 0);
  const [a, b] = layers;
  return a?.has(block) ? (b?.has(block) ? 'both' : 'a') : 'b';
}
