import { blockCount, CBT_BLOCK_SIZE, type Extent } from '../../../../shared/blocks/extent';
import { FailureError } from '../../../../shared/model/failure';
import { BlockBuffer } from '../../block-io/block-buffer';
import type { BlockSink, BlockSource } from '../../block-io/types';
import { NOT_DURABLE } from '../../image/file-failures';
import { alignExtents } from './align';
import type { BlockProgress } from './block-progress';
import { Outstanding } from './outstanding';
import type { Pace } from './pace';
import { RequestQueue } from './request-queue';
import type { SameSource } from './same-source';
import { settled, store, type StoreOptions } from './store';

/** How far a copy has got, durably. */
export interface CopyCheckpoint {
  /** Every block to be copied that lies below this disk offset is in the image. */
  readonly offset: number;
  /** Digest over the checksums of all blocks below the offset; undefined when none are kept. */
  readonly sums: string | undefined;
}

export interface CopySpec extends Omit<StoreOptions, 'sink' | 'sample'> {
  readonly source: BlockSource;
  readonly sink: BlockSink;
  /** What to copy, ascending. Widened to whole 64 KiB blocks. Iterated once, never held. */
  readonly extents: Iterable<Extent>;
  /** A power of two from 64 KiB to 2 MiB, or a function that is asked before each request; smaller under a low limit. */
  readonly requestBytes: number | (() => number);
  /**
   * Most requests under way. Memory is at most `lanes * (requestBytes + 64 KiB)` with the first size, and stays there
   * when requests grow, because fewer are under way then; less where data waits at the source.
   */
  readonly lanes: number;
  readonly pace: Pace;
  /** Asked between reading and storing. */
  readonly same?: SameSource;
  /** Told of every request. */
  readonly progress?: BlockProgress;
  /** Called after everything below the checkpoint is durable, about every `checkpointBytes` or `checkpointMs`. */
  readonly onCheckpoint?: (checkpoint: CopyCheckpoint) => void;
  readonly checkpointBytes?: number;
  readonly checkpointMs?: number;
  /** Gives up the reads under way, which may take long: what was stored could not be made durable. */
  readonly stopReading?: () => void;
}

/**
 * Copies the extents from source to sink. Memory is fixed before the first read, whatever the disk's size.
 * The sink is neither finished nor aborted here.
 * @throws FailureError of the source or sink; `cancelled` when the signal fires.
 */
export async function runCopy(spec: CopySpec, signal: AbortSignal): Promise<void> {
  const wanted = typeof spec.requestBytes === 'number' ? constant(spec.requestBytes) : spec.requestBytes;
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const outstanding = new Outstanding();
  // At once, also while all lanes are held back or wait for the source: nobody is told of a failed sync a second time, so
  // a process that ended meanwhile would go on with what may be lost.
  const checkpoints = new Checkpoints(spec, outstanding, () => {
    stop.abort();
    spec.stopReading?.();
  });
  const extents = alignExtents(spec.extents, CBT_BLOCK_SIZE, spec.source.sizeBytes);
  const size = (): number => spec.pace.requestBytes(wanted());
  const most = spec.lanes * wanted();
  const queue = new RequestQueue(extents, size, most, outstanding, both, spec.hash.allocate);

  const storing = spec.same ? { ...spec, sample: spec.same.sample } : spec;

  const lane = async (): Promise<void> => {
    const scratch = new BlockBuffer(CBT_BLOCK_SIZE);
    for (;;) {
      for (let full = queue.room(); full; full = queue.room()) await full;
      const next = queue.next();
      if (!next) return;
      const { offset, length, buffer } = next;
      const held = spec.pace.pass(length, both);
      if (held) await held;
      if (both.aborted) return;
      const asked = performance.now();
      spec.progress?.begin(offset, length);
      try {
        await spec.source.read(buffer, offset, length);
        const proof = spec.same?.demandSame(both);
        if (proof) await proof;
      } catch (error) {
        spec.progress?.end(offset, 'failed');
        throw error;
      }
      const got = performance.now();
      if (both.aborted) return;
      spec.counters.add('readBytes', length);
      await store(buffer, scratch, storing);
      spec.counters.add('sourceMs', got - asked);
      spec.counters.add('targetMs', performance.now() - got);
      queue.stored(next);
      spec.progress?.end(offset, 'done');
      checkpoints.stored(length);
    }
  };

  // A lane that fails stops the others; all have ended before the error goes on, so nothing writes afterwards.
  const guarded = async (): Promise<void> => {
    try {
      await lane();
    } catch (error) {
      stop.abort();
      throw error;
    }
  };
  try {
    await settled(Array.from({ length: spec.lanes }, guarded));
  } catch (error) {
    if (!signal.aborted) await checkpoints.last();
    throw error;
  } finally {
    await checkpoints.idle();
  }
  if (signal.aborted) throw cancelled();
}

const constant = (value: number) => (): number => value;

export const cancelled = (): FailureError =>
  new FailureError({
    code: 'cancelled',
    message: 'The copy was cancelled.',
    nextStep: 'Start it again when you like; nothing that looks finished was left behind.',
  });

/** Makes what is stored durable from time to time, one at a time, beside the running copy. */
class Checkpoints {
  #since = 0;
  #last = performance.now();
  #running: Promise<void> | undefined;
  #error: unknown;

  constructor(
    private readonly spec: CopySpec,
    private readonly outstanding: Outstanding,
    private readonly failed: () => void,
  ) {}

  stored(bytes: number): void {
    if (this.#error) throw this.#error as Error;
    this.#since += bytes;
    const { checkpointBytes = Infinity, checkpointMs = Infinity } = this.spec;
    const due = this.#since >= checkpointBytes || performance.now() - this.#last >= checkpointMs;
    if (this.#running || !due) return;
    this.#since = 0;
    this.#last = performance.now();
    this.#running = this.#sync()
      .catch((error: unknown) => {
        this.#error = error;
        this.failed();
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  /**
   * The copy failed: what it has is made durable. Its own failure is the one that is told, unless this shows that what
   * was written cannot be relied on.
   */
  async last(): Promise<void> {
    await this.#running;
    if (!this.spec.onCheckpoint || this.#error) return;
    await this.#sync().catch((error: unknown) => {
      if (error instanceof FailureError && error.failure.code === NOT_DURABLE) this.#error = error;
    });
  }

  async idle(): Promise<void> {
    await this.#running;
    if (this.#error) throw this.#error as Error;
  }

  async #sync(): Promise<void> {
    const offset = this.outstanding.completeBelow();
    await this.spec.sink.sync();
    await this.spec.checksums?.sync();
    const sums = this.spec.checksums?.rootBelow(blockCount(offset));
    this.spec.onCheckpoint?.({ offset, sums });
  }
}
