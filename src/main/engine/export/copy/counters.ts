import type { CopyProgress } from '../../../../shared/model/job';

const SLOTS = [
  'totalBytes',
  'readBytes',
  'keptBytes',
  'writtenBytes',
  'zeroBytes',
  'equalBytes',
  'retries',
  'connections',
  'sourceMs',
  'targetMs',
] as const;
type Slot = (typeof SLOTS)[number];

/**
 * Counters of one running copy in shared memory: the worker writes, the main thread looks whenever it wants, and no
 * message is sent. One writer only; a reader may see one counter a moment before another.
 */
export class CopyCounters {
  readonly memory: SharedArrayBuffer;
  readonly #values: Float64Array;

  constructor(memory = new SharedArrayBuffer(SLOTS.length * 8)) {
    this.memory = memory;
    this.#values = new Float64Array(memory);
  }

  add(slot: Slot, amount: number): void {
    this.#values[SLOTS.indexOf(slot)] += amount;
  }

  set(slot: Slot, value: number): void {
    this.#values[SLOTS.indexOf(slot)] = value;
  }

  get(slot: Slot): number {
    return this.#values[SLOTS.indexOf(slot)];
  }

  snapshot(): CopyProgress {
    const waited = this.get('sourceMs') + this.get('targetMs');
    const share = (ms: number): number => (waited === 0 ? 0 : Math.round((100 * ms) / waited));
    return {
      totalBytes: this.get('totalBytes'),
      readBytes: this.get('readBytes'),
      keptBytes: this.get('keptBytes'),
      writtenBytes: this.get('writtenBytes'),
      zeroBytes: this.get('zeroBytes'),
      equalBytes: this.get('equalBytes'),
      retries: this.get('retries'),
      connections: this.get('connections'),
      sourceWait: share(this.get('sourceMs')),
      targetWait: share(this.get('targetMs')),
    };
  }
}
