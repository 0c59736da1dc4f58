import type { BlockRun, BlockState, JobMap } from '../model/job-map';
import { BlockBitmap } from './bitmap';

type Exceptional = Exclude<BlockState, 'queued' | 'done'>;
const exceptional: readonly Exceptional[] = ['reading', 'retried', 'failed'];

/** What an export did with the blocks of one disk so far. Costs two bits a block, and two more once something was retried or failed. */
export class CopyMap {
  readonly #planned: BlockBitmap;
  readonly #done: BlockBitmap;
  readonly #others = new Map<Exceptional, BlockBitmap>();

  constructor(planned: BlockBitmap) {
    this.#planned = planned;
    this.#done = BlockBitmap.empty(planned.sizeBytes);
  }

  apply(runs: readonly BlockRun[]): void {
    for (const [first, end, state] of runs) {
      put(this.#done, first, end, state === 'done' || state === 'retried');
      for (const other of exceptional) {
        const known = this.#others.get(other);
        if (known !== undefined) put(known, first, end, other === state);
        else if (other === state) {
          const created = BlockBitmap.empty(this.#planned.sizeBytes);
          put(created, first, end, true);
          this.#others.set(other, created);
        }
      }
    }
  }

  snapshot(): JobMap {
    const runs: BlockRun[] = [];
    for (const [state, bitmap] of this.#others)
      for (const [first, end] of bitmap.runs()) runs.push([first, end, state]);
    return {
      sizeBytes: this.#planned.sizeBytes,
      // A view of a larger buffer would travel whole.
      planned: new Uint8Array(this.#planned.bytes),
      done: this.#done.bytes.slice(),
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
