import type { BlockRun, BlockState, JobMap } from '../model/job-map';
import { BlockBitmap } from './bitmap';
import type { PackedBytes } from './packed-bytes';

type Exceptional = Exclude<BlockState, 'queued' | 'done'>;
const exceptional: readonly Exceptional[] = ['reading', 'retried', 'failed'];

export interface CopyMapParts {
  readonly sizeBytes: number;
  readonly planned: PackedBytes;
  readonly done: Uint8Array;
  readonly runs: readonly BlockRun[];
}

/** What an export did with the blocks of one disk so far. Costs one to two bits a block, and two more once something was retried or failed. */
export class CopyMap {
  readonly #sizeBytes: number;
  readonly #planned: PackedBytes;
  readonly #done: BlockBitmap;
  readonly #others = new Map<Exceptional, BlockBitmap>();

  constructor(sizeBytes: number, planned: PackedBytes) {
    this.#sizeBytes = sizeBytes;
    this.#planned = planned;
    this.#done = BlockBitmap.empty(sizeBytes);
  }

  apply(runs: readonly BlockRun[]): void {
    for (const [first, end, state] of runs) {
      put(this.#done, first, end, state === 'done' || state === 'retried');
      for (const other of exceptional) {
        const known = this.#others.get(other);
        if (known !== undefined) put(known, first, end, other === state);
        else if (other === state) {
          const created = BlockBitmap.empty(this.#sizeBytes);
          put(created, first, end, true);
          this.#others.set(other, created);
        }
      }
    }
  }

  snapshot(): JobMap {
    const { sizeBytes, planned, done, runs } = this.parts();
    return { sizeBytes, planned: planned.unpack(), done: new Uint8Array(done), runs: [...runs] };
  }

  /** Itself, to be looked at before it changes again. */
  parts(): CopyMapParts {
    const runs: BlockRun[] = [];
    for (const [state, bitmap] of this.#others)
      for (const [first, end] of bitmap.runs()) runs.push([first, end, state]);
    return {
      sizeBytes: this.#sizeBytes,
      planned: this.#planned,
      done: this.#done.bytes,
      runs,
    };
  }
}

function put(bitmap: BlockBitmap, first: number, end: number, present: boolean): void {
  const { bytes, blocks } = bitmap;
  for (let block = first; block < Math.min(end, blocks); block++) {
    if (present) bytes[block >> 3] |= 0x80 >> (block & 7);
    else bytes[block >> 3] &= ~(0x80 >> (block & 7));
  }
}
