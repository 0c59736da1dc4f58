import { CountedBitmap } from '../../../../shared/blocks/counted-bitmap';
import { CELL_OUTSIDE, eachCell, type MapView } from '../../../../shared/blocks/view';
import type { BlockRun, BlockState, JobMap } from '../../../../shared/model/job-map';
import { blockCount } from '../../../../shared/blocks/extent';
import { colourRow } from './picture';

/** Values within the live row of the colour table. */
export const liveValue: Record<BlockState, number> = {
  queued: 50,
  reading: 100,
  done: 150,
  retried: 200,
  failed: 250,
};

/** What a running export does with each block, asked for by ranges. */
export class LiveStates {
  readonly #blocks: number;
  readonly #sets = new Map<BlockState, CountedBitmap>();

  constructor({ sizeBytes, planned, done, runs }: JobMap) {
    this.#blocks = blockCount(sizeBytes);
    this.#setOf('queued').load(planned);
    this.#setOf('done').load(done);
    this.apply(runs);
  }

  get blocks(): number {
    return this.#blocks;
  }

  apply(runs: readonly BlockRun[]): void {
    for (const [first, end, state] of runs) {
      this.#sets.get('done')!.set(first, end, state === 'done' || state === 'retried');
      for (const exception of ['reading', 'retried', 'failed'] as const) {
        if (exception === state) this.#setOf(state).set(first, end, true);
        else this.#sets.get(exception)?.set(first, end, false);
      }
    }
  }

  /** The most telling state of a range; undefined where the job has nothing to do. */
  stateOf(first: number, end: number): BlockState | undefined {
    const count = (state: BlockState) => this.#sets.get(state)?.count(first, end) ?? 0;
    const planned = count('queued');
    if (planned === 0) return undefined;
    for (const state of ['failed', 'reading'] as const) if (count(state) > 0) return state;
    if (count('done') < planned) return 'queued';
    return count('retried') > 0 ? 'retried' : 'done';
  }

  /** Blocks in each state. */
  totals(): Record<BlockState, number> {
    const count = (state: BlockState) => this.#sets.get(state)?.count(0, this.#blocks) ?? 0;
    const [done, reading, retried, failed] = (['done', 'reading', 'retried', 'failed'] as const).map(count);
    const queued = Math.max(0, count('queued') - done - reading - failed);
    return { queued, reading, done: done - retried, retried, failed };
  }

  /** Draws over the cells that the job touches. */
  draw(view: MapView, out: Uint8Array): void {
    eachCell(view, (cell, first, end) => {
      if (first < 0 || out[cell * 2] === CELL_OUTSIDE) return;
      const state = this.stateOf(first, end);
      if (state === undefined) return;
      out[cell * 2] = liveValue[state];
      out[cell * 2 + 1] = colourRow.live;
    });
  }

  #setOf(state: BlockState): CountedBitmap {
    const known = this.#sets.get(state) ?? new CountedBitmap(this.#blocks);
    this.#sets.set(state, known);
    return known;
  }
}
