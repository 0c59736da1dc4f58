import type { BlockRun, BlockState, JobMap } from '../model/job-map';
import { blockCount } from './extent';
import type { PackedBytes } from './packed-bytes';
import { SparseBitmap } from './sparse-bitmap';

type Exceptional = Exclude<BlockState, 'queued' | 'done'>;
const exceptional: readonly Exceptional[] = ['reading', 'retried', 'failed'];

export interface CopyMapParts {
  readonly sizeBytes: number;
  readonly planned: PackedBytes;
  readonly done: PackedBytes;
  readonly runs: readonly BlockRun[];
}

/** What an export did with the blocks of one disk so far. Little is kept where neighbours are in the same state. */
export class CopyMap {
  readonly #sizeBytes: number;
  readonly #planned: PackedBytes;
  readonly #done: SparseBitmap;
  readonly #others = new Map<Exceptional, SparseBitmap>();

  constructor(sizeBytes: number, planned: PackedBytes) {
    this.#sizeBytes = sizeBytes;
    this.#planned = planned;
    this.#done = new SparseBitmap(blockCount(sizeBytes));
  }

  apply(runs: readonly BlockRun[]): void {
    for (const [first, end, state] of runs) {
      this.#done.set(first, end, state === 'done' || state === 'retried');
      for (const other of exceptional) {
        const known = this.#others.get(other);
        if (known !== undefined) known.set(first, end, other === state);
        else if (other === state) {
          const created = new SparseBitmap(blockCount(this.#sizeBytes));
          created.set(first, end, true);
          this.#others.set(other, created);
        }
      }
    }
  }

  snapshot(): JobMap {
    const { sizeBytes, planned, done, runs } = this.parts();
    return { sizeBytes, planned: planned.unpack(), done: done.unpack(), runs: [...runs] };
  }

  parts(): CopyMapParts {
    const runs: BlockRun[] = [];
    for (const [state, bitmap] of this.#others)
      for (const [first, end] of bitmap.runs()) runs.push([first, end, state]);
    return {
      sizeBytes: this.#sizeBytes,
      planned: this.#planned,
      done: this.#done.pack(),
      runs,
    };
  }
}
