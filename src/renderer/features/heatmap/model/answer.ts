import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE, type Extent } from '../../../../shared/blocks/extent';
import { combine } from '../../../../shared/blocks/layers';
import { RankIndex } from '../../../../shared/blocks/rank-index';
import { changeStatistics } from '../../../../shared/blocks/statistics';
import type { BlockRange } from '../../../../shared/blocks/view';
import { hotRanges } from './hot-ranges';
import { LiveStates } from './live-states';
import { drawPicture } from './picture';
import type { QuestionName, Questions } from './protocol';

type Answerers = { [Q in QuestionName]: (ask: Questions[Q]['ask']) => Questions[Q]['answer'] };

/** Holds the layers and answers questions about them. Runs in a Web Worker; knows nothing of one. */
export function createAnswerers(): Answerers {
  const bitmaps = new Map<number, BlockBitmap>();
  const indexes = new Map<number, RankIndex>();
  let live: LiveStates | undefined;

  const keep = (layer: number, bitmap: BlockBitmap) => {
    bitmaps.set(layer, bitmap);
    indexes.set(layer, new RankIndex(bitmap));
    return changeStatistics(bitmap);
  };
  const bitmapOf = (layer: number) => {
    const bitmap = bitmaps.get(layer);
    if (bitmap === undefined) throw new Error(`layer ${layer} is not loaded`);
    return bitmap;
  };
  const indexOf = (layer: number) => {
    bitmapOf(layer);
    return indexes.get(layer)!;
  };

  return {
    load: ({ layer, sizeBytes, bitmap }) => keep(layer, new BlockBitmap(bitmap, sizeBytes)),
    combine: ({ layer, operation, a, b }) => keep(layer, combine(operation, bitmapOf(a), bitmapOf(b))),
    drop: ({ layers }) => {
      for (const layer of layers) {
        bitmaps.delete(layer);
        indexes.delete(layer);
      }
      return null;
    },
    draw: ({ picture, view }) => {
      const cells = new Uint8Array(view.columns * view.rows * 2);
      drawPicture(picture, indexes, view, cells);
      if (live?.blocks === view.blocks) live.draw(view, cells);
      return cells;
    },
    hot: ({ layer }) => hotRanges(indexOf(layer)),
    extents: ({ layer, range, limit }) => extentsWithin(bitmapOf(layer), indexOf(layer), range, limit),
    count: ({ layers, range }) => layers.map((layer) => indexOf(layer).count(range.first, range.end)),
    seek: ({ layer, block, direction }) => {
      const index = indexOf(layer);
      return (direction === 'next' ? index.nextChanged(block + 1) : index.previousChanged(block)) ?? null;
    },
    mark: ({ blocks, runs }) => {
      if (live?.blocks !== blocks) live = new LiveStates(blocks);
      for (const [first, end, state] of runs) live.mark(first, end, state);
      return null;
    },
    unmark: () => {
      live = undefined;
      return null;
    },
  };
}

function extentsWithin(bitmap: BlockBitmap, index: RankIndex, range: BlockRange, limit: number) {
  const extents: Extent[] = [];
  let count = 0;
  let bytes = 0;
  let block = index.nextChanged(range.first);
  while (block !== undefined && block < range.end) {
    let end = block + 1;
    while (end < range.end && index.has(end)) end++;
    const offset = block * CBT_BLOCK_SIZE;
    const length = Math.min(end * CBT_BLOCK_SIZE, bitmap.sizeBytes) - offset;
    if (extents.length < limit) extents.push({ offset, length });
    count++;
    bytes += length;
    block = index.nextChanged(end);
  }
  return { extents, count, bytes };
}
