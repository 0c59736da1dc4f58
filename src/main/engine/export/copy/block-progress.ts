import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { RunLog } from '../../../../shared/blocks/run-log';
import type { BlockRun, BlockState } from '../../../../shared/model/job-map';

/** Most runs between two reports; the main thread merges them into its map. */
const MOST_RUNS = 65_536;

export interface BlockReport {
  /** `[first, end)` in 64 KiB blocks and their state now, in the order in which it came about. */
  readonly runs: readonly BlockRun[];
  /** More happened than could be kept. */
  readonly incomplete: boolean;
}

/** What a copy does with which blocks, collected until somebody takes it. Offsets and lengths in bytes. */
export class BlockProgress {
  readonly #log = new RunLog<BlockState>(MOST_RUNS);
  readonly #reading = new Map<number, number>();

  begin(offset: number, length: number): void {
    this.#reading.set(offset, length);
  }

  /** The range is stored, or could not be read. */
  end(offset: number, state: 'done' | 'failed'): void {
    const length = this.#reading.get(offset);
    if (length === undefined) return;
    this.#reading.delete(offset);
    this.#log.add(...blocksOf(offset, length), state);
  }

  /** What is new, with the requests that are under way now; undefined when nothing is. */
  take(): BlockReport | undefined {
    const taken = this.#log.take();
    const runs: BlockRun[] = taken ? [...taken.runs.map((run): BlockRun => [...run])] : [];
    for (const [offset, length] of this.#reading) runs.push([...blocksOf(offset, length), 'reading']);
    return runs.length === 0 ? undefined : { runs, incomplete: taken?.incomplete ?? false };
  }
}

const blocksOf = (offset: number, length: number): [first: number, end: number] => [
  Math.floor(offset / CBT_BLOCK_SIZE),
  Math.ceil((offset + length) / CBT_BLOCK_SIZE),
];
