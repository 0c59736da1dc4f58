import type { LayerOperation } from '../../../../shared/blocks/layers';
import type { ChangeStatistics } from '../../../../shared/blocks/statistics';
import type { Extent } from '../../../../shared/blocks/extent';
import type { BlockRange, MapView } from '../../../../shared/blocks/view';
import type { HotRange } from './hot-ranges';
import type { LiveState, Picture } from './picture';

/** What the window asks of the worker that holds the bitmaps. Each question names its answer's type. */
export interface Questions {
  /** Takes over a bitmap as a layer. */
  load: { ask: { layer: number; sizeBytes: number; bitmap: Uint8Array }; answer: ChangeStatistics };
  /** Makes a layer out of two. */
  combine: {
    ask: { layer: number; operation: LayerOperation; a: number; b: number };
    answer: ChangeStatistics;
  };
  drop: { ask: { layers: readonly number[] }; answer: null };
  /** Two bytes per cell of the view: value and colour row. */
  draw: { ask: { picture: Picture; view: MapView }; answer: Uint8Array };
  hot: { ask: { layer: number }; answer: HotRange[] };
  /** Changed extents within a range, at most `limit`, and their totals. */
  extents: {
    ask: { layer: number; range: BlockRange; limit: number };
    answer: { extents: Extent[]; count: number; bytes: number };
  };
  /** Changed blocks in a range, per layer. */
  count: { ask: { layers: readonly number[]; range: BlockRange }; answer: number[] };
  /** The next or previous changed block seen from `block`. */
  seek: { ask: { layer: number; block: number; direction: 'next' | 'previous' }; answer: number | null };
  /** Marks what a running export does with some blocks. */
  mark: {
    ask: { blocks: number; runs: readonly (readonly [first: number, end: number, state: LiveState])[] };
    answer: null;
  };
  unmark: { ask: null; answer: null };
}

export type QuestionName = keyof Questions;
export interface Ask<Q extends QuestionName = QuestionName> {
  readonly id: number;
  readonly question: Q;
  readonly ask: Questions[Q]['ask'];
}
export type Reply =
  { readonly id: number; readonly answer: unknown } | { readonly id: number; readonly error: string };
