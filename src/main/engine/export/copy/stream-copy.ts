import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { BlockBuffer } from '../../block-io/block-buffer';
import { cancelled } from './copy';
import type { Pace } from './pace';
import { store, type StoreOptions } from './store';

export interface StreamCopySpec extends StoreOptions {
  /** Filled buffers in disk order of the stream; the same one may come again. */
  readonly pieces: AsyncIterable<BlockBuffer>;
  readonly pace: Pace;
}

/** Stores what a stream brings, one piece after the other. @throws FailureError */
export async function runStreamCopy(spec: StreamCopySpec, signal: AbortSignal): Promise<void> {
  const scratch = new BlockBuffer(CBT_BLOCK_SIZE);
  let asked = performance.now();
  for await (const buffer of spec.pieces) {
    const got = performance.now();
    await spec.pace.pass(buffer.length, signal);
    if (signal.aborted) throw cancelled();
    spec.counters.add('readBytes', buffer.length);
    await store(buffer, scratch, spec);
    spec.counters.add('sourceMs', got - asked);
    asked = performance.now();
    spec.counters.add('targetMs', asked - got);
  }
}
