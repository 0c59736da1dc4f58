import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE, type Extent } from '../../../../shared/blocks/extent';
import { combine } from '../../../../shared/blocks/layers';
import { changedBytesIn, RankIndex } from '../../../../shared/blocks/rank-index';
import type { BlockRange } from '../../../../shared/blocks/view';
import { hotRanges } from './hot-ranges';
import { list } from './listing';
import { LiveStates } from './live-states';
import { drawPicture } from './picture';
import type { QuestionName, Questions } from './protocol';
import { shownRuns } from './shown-runs';

type Answerers = { [Q in QuestionName]: (ask: Questions[Q]['ask']) => Questions[Q]['answer'] };

/** Holds the layers and answers questions about them. Runs in a Web Worker; knows nothing of one. */
export function createAnswerers(): Answerers {
  const bitmaps = new Map<number, BlockBitmap>();
  const indexes = new Map<number, RankIndex>();
  let live: LiveStates | undefined;

  const keep = (layer: number, bitmap: BlockBitmap) => {
    bitmaps.set(layer, bitmap);
    indexes.set(layer, new RankIndex(bitmap));
    return null;
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
    unite: ({ layer, layers }) =>
      keep(
        layer,
        layers.map(bitmapOf).reduce((a, b) => combine('union', a, b)),
      ),
    drop: ({ layers }) => {
      for (const layer of layers) {
        bitmaps.delete(layer);
        indexes.delete(layer);
      }
      return null;
    },
    draw: ({ picture, view, live: withJob }) => {
      const cells = new Uint8Array(view.columns * view.rows * 2);
      drawPicture(picture, indexes, view, cells);
      if (withJob) live?.draw(view, cells);
      return cells;
    },
    hot: ({ layer }) => hotRanges(indexOf(layer), bitmapOf(layer).sizeBytes),
    extents: ({ layer, range, limit }) => extentsWithin(bitmapOf(layer), range, limit),
    count: ({ layers, range: { first, end } }) => ({
      counts: layers.map((layer) => indexOf(layer).count(first, end)),
      live: live?.stateOf(first, end) ?? null,
    }),
    bytes: ({ layer, ranges }) => {
      const { sizeBytes } = bitmapOf(layer);
      return ranges.map(({ offset, length }) => changedBytesIn(indexOf(layer), sizeBytes, offset, length));
    },
    seek: ({ layer, block, direction }) => {
      const index = indexOf(layer);
      return (direction === 'next' ? index.nextChanged(block + 1) : index.previousChanged(block)) ?? null;
    },
    list: ({ layers, telling, range, regions, format, limit }) =>
      list(shownRuns(layers.map(bitmapOf), telling, range), regions, format, limit),
    follow: (map) => {
      live = map === null ? undefined : new LiveStates(map);
      return null;
    },
    mark: ({ runs }) => {
      live?.apply(runs);
      return live?.totals() ?? null;
    },
  };
}

function extentsWithin(bitmap: BlockBitmap, range: BlockRange, limit: number) {
  const extents: Extent[] = [];
  let count = 0;
  let bytes = 0;
  for (const [first, end] of bitmap.runs(range.first, range.end)) {
    const offset = first * CBT_BLOCK_SIZE;
    const length = Math.min(end * CBT_BLOCK_SIZE, bitmap.sizeBytes) - offset;
    if (count < limit) extents.push({ offset, length });
    count++;
    bytes += length;
  }
  return { extents, count, bytes };
}
