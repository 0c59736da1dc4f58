import type { Extent } from '../../../../shared/blocks/extent';
import type { LayerOperation } from '../../../../shared/blocks/layers';
import type { BlockRange, MapView } from '../../../../shared/blocks/view';
import type { BlockRun, BlockState, JobMap } from '../../../../shared/model/job-map';
import type { HotRange } from './hot-ranges';
import type { Listing, NamedExtent } from './listing';
import type { Picture } from './picture';
import type { Telling } from './shown-runs';

/** What the window asks of the worker that holds the bitmaps. Each question names its answer's type. */
export interface Questions {
  /** Takes over a bitmap as a layer. */
  load: { ask: { layer: number; sizeBytes: number; bitmap: Uint8Array }; answer: null };
  /** Makes a layer out of two. */
  combine: { ask: { layer: number; operation: LayerOperation; a: number; b: number }; answer: null };
  /** Makes a layer of all blocks that are in any of some layers. */
  unite: { ask: { layer: number; layers: readonly number[] }; answer: null };
  drop: { ask: { layers: readonly number[] }; answer: null };
  /** Two bytes per cell of the view: value and colour row. `live` draws what a job does over it. */
  draw: { ask: { picture: Picture; view: MapView; live: boolean }; answer: Uint8Array };
  hot: { ask: { layer: number }; answer: HotRange[] };
  /** Changed extents within a range, at most `limit`, and their totals. */
  extents: {
    ask: { layer: number; range: BlockRange; limit: number };
    answer: { extents: Extent[]; count: number; bytes: number };
  };
  /** Changed blocks in a range, per layer, and what a job does there. */
  count: {
    ask: { layers: readonly number[]; range: BlockRange };
    answer: { counts: number[]; live: BlockState | null };
  };
  /** Changed bytes in each range of bytes. */
  bytes: { ask: { layer: number; ranges: readonly Extent[] }; answer: number[] };
  /** The next or previous changed block seen from `block`. */
  seek: { ask: { layer: number; block: number; direction: 'next' | 'previous' }; answer: number | null };
  list: {
    ask: {
      layers: readonly number[];
      telling: Telling;
      range: BlockRange;
      regions: readonly NamedExtent[];
      format: 'csv' | 'json';
      limit: number;
    };
    answer: Listing;
  };
  /** Takes over what a running export did so far; null forgets it. */
  follow: { ask: JobMap | null; answer: null };
  /** Marks what the export does with some blocks; answers with the blocks in each state. */
  mark: { ask: { runs: readonly BlockRun[] }; answer: Record<BlockState, number> | null };
}

export type QuestionName = keyof Questions;
export interface Ask<Q extends QuestionName = QuestionName> {
  readonly id: number;
  readonly question: Q;
  readonly ask: Questions[Q]['ask'];
}
export type Reply =
  { readonly id: number; readonly answer: unknown } | { readonly id: number; readonly error: string };
