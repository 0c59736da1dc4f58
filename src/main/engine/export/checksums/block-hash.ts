import xxhash from 'xxhash-wasm';

/** XXH64 (seed 0) of a range; never 0, since a stored 0 means "no checksum": a true 0 becomes 1. */
export type BlockHasher = (memory: Buffer, start: number, length: number) => bigint;

/** The hasher; loading compiles a small WebAssembly module once per thread. */
export async function loadBlockHasher(): Promise<BlockHasher> {
  const api = await xxhash();
  return (memory, start, length) => {
    const sum = api.h64Raw(memory.subarray(start, start + length));
    return sum === 0n ? 1n : sum;
  };
}
