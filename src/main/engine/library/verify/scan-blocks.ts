import { CBT_BLOCK_SIZE, requestsOf, type Extent } from '../../../../shared/blocks/extent';
import { BlockBuffer } from '../../block-io/block-buffer';
import type { BlockSource } from '../../block-io/types';

const REQUEST_BYTES = 1024 * 1024;
const LANES = 8;

export interface Scan {
  readonly source: BlockSource;
  /** On 64 KiB boundaries, ascending. */
  readonly extents: Iterable<Extent>;
  /** Called for each block; the memory is valid during the call, or until the promise it returns settles. */
  readonly visit: (block: number, memory: Buffer, start: number, length: number) => Promise<void> | undefined;
  /** A range could not be read. */
  readonly failed: (range: Extent, error: unknown) => void;
  readonly signal: AbortSignal | undefined;
}

/** Reads blocks, several requests at a time, and hands each one over. Returns the bytes read. */
export async function scanBlocks({ source, extents, visit, failed, signal }: Scan): Promise<number> {
  const requests = requestsOf(extents, REQUEST_BYTES);
  let bytes = 0;
  const lane = async (): Promise<void> => {
    const buffer = new BlockBuffer(REQUEST_BYTES);
    for (;;) {
      const next = requests.next();
      if (next.done || signal?.aborted) return;
      const { offset, length } = next.value;
      try {
        await source.read(buffer, offset, length);
      } catch (error) {
        failed(next.value, error);
        continue;
      }
      for (let at = 0; at < length; at += CBT_BLOCK_SIZE) {
        const part = Math.min(CBT_BLOCK_SIZE, length - at);
        const work = visit((offset + at) / CBT_BLOCK_SIZE, buffer.memory, BlockBuffer.HEADROOM + at, part);
        if (work) await work;
      }
      bytes += length;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return bytes;
}
