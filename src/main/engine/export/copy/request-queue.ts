import { CBT_BLOCK_SIZE, requestsOf, type Extent } from '../../../../shared/blocks/extent';
import { BlockBuffer } from '../../block-io/block-buffer';
import type { BlockMemory } from '../../block-io/block-memory';
import type { Outstanding } from './outstanding';

/** Requests never cross a multiple of this, so that none spans two VHD blocks. */
export const LARGEST_REQUEST = 2 * 1024 * 1024;

export interface Request extends Extent {
  readonly buffer: BlockBuffer;
}

/**
 * Hands out requests of the size that is wanted at the moment, ascending, each with a buffer. Buffers that are out hold
 * at most `mostBytes` together (or one largest request), so fewer requests are under way while they are larger.
 */
export class RequestQueue {
  readonly #requests: Generator<Extent>;
  readonly #waiting: (() => void)[] = [];
  /** Each is large enough for any request; what a smaller one does not touch takes no memory. */
  readonly #pieces: BlockMemory;
  /** Of the request that is being cut. */
  #size = 0;
  #room: number;
  #isOver: boolean;

  /**
   * @param extents ascending; iterated once.
   * @param size asked before each request; a power of two from 64 KiB to 2 MiB.
   * @param signal ends the queue, also for those that wait.
   * @param allocate memory for the buffers.
   */
  constructor(
    extents: Iterable<Extent>,
    private readonly size: () => number,
    mostBytes: number,
    private readonly outstanding: Outstanding,
    signal: AbortSignal,
    allocate?: (bytes: number) => Buffer,
  ) {
    this.#pieces = BlockBuffer.memoryFor(LARGEST_REQUEST, allocate);
    this.#requests = requestsOf(extents, () => this.#size);
    this.#room = Math.max(mostBytes, LARGEST_REQUEST);
    this.#isOver = signal.aborted;
    signal.addEventListener('abort', () => this.#end(), { once: true });
  }

  /** Something to wait for, after which there may be room for a request; undefined when there is. */
  room(): Promise<void> | undefined {
    if (this.#isOver || this.#room >= this.size()) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The next request, outstanding from now on, when there is {@link room}; undefined when none is left. */
  next(): Request | undefined {
    if (this.#isOver) return undefined;
    const size = (this.#size = this.size());
    demandSize(size);
    const buffer = new BlockBuffer(size, this.#pieces);
    const { value, done } = this.#requests.next() as IteratorResult<Extent, void>;
    if (done) {
      this.#end();
      return undefined;
    }
    this.outstanding.begin(value.offset, value.length);
    this.#room -= size;
    this.#waiting.shift()?.(); // there may be room for more than one
    return { offset: value.offset, length: value.length, buffer };
  }

  /** The request is stored; its buffer is free again. */
  stored({ offset, buffer }: Request): void {
    this.outstanding.end(offset);
    buffer.release();
    this.#room += buffer.capacity;
    this.#waiting.shift()?.();
  }

  #end(): void {
    this.#isOver = true;
    for (const look of this.#waiting.splice(0)) look();
  }
}

function demandSize(bytes: number): void {
  if (bytes < CBT_BLOCK_SIZE || bytes > LARGEST_REQUEST || (bytes & (bytes - 1)) !== 0)
    throw new RangeError(`requests of ${bytes} bytes`);
}
