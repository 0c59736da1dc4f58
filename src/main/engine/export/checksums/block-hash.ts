import wasm from '../../../../../node_modules/xxhash-wasm/workerd/xxhash.wasm?url&inline';
import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';

/** XXH64 (seed 0) of a block's range; never 0, since a stored 0 means "no checksum": a true 0 becomes 1. */
export interface BlockHasher {
  (memory: Buffer, start: number, length: number): bigint;
  /** Memory that it hashes where it lies; all other is copied first, which costs half as much as hashing it. */
  readonly allocate?: (bytes: number) => Buffer;
}

/** The library's own functions hash what lies in its memory; its interface in JavaScript always copies. */
interface Xxhash {
  readonly mem: WebAssembly.Memory;
  readonly xxh64: (start: number, length: number, seed: bigint) => bigint;
}

const PAGE_BYTES = 64 * 1024;
/** What does not lie in its memory is copied here. */
const COPY_BYTES = CBT_BLOCK_SIZE;
/** Address space: memory is taken when it is first touched. 30 of the largest requests, more than hold data at a time. */
const OWN_BYTES = 64 * 1024 * 1024;
const ALIGNMENT = 64;

let compiled: Promise<WebAssembly.Module> | undefined;

/** A hasher with memory of its own; the module is compiled once per thread. */
export async function loadBlockHasher(): Promise<BlockHasher> {
  compiled ??= WebAssembly.compile(Buffer.from(wasm.slice(wasm.indexOf(',') + 1), 'base64'));
  const { mem, xxh64 } = (await WebAssembly.instantiate(await compiled)).exports as unknown as Xxhash;
  let bytes = Buffer.from(mem.buffer);
  let end = COPY_BYTES;
  const hash = (memory: Buffer, start: number, length: number): bigint => {
    let at = memory.byteOffset + start;
    if (memory.buffer !== bytes.buffer) {
      if (length > COPY_BYTES) throw new RangeError(`a block of ${length} bytes`);
      memory.copy(bytes, 0, start, start + length);
      at = 0;
    }
    const sum = BigInt.asUintN(64, xxh64(at, length, 0n));
    return sum === 0n ? 1n : sum;
  };
  const allocate = (wanted: number): Buffer => {
    // Growing moves it: once, before any of it is given away.
    if (end === COPY_BYTES) {
      mem.grow(OWN_BYTES / PAGE_BYTES);
      bytes = Buffer.from(mem.buffer);
    }
    if (end + wanted > bytes.length) return Buffer.allocUnsafeSlow(wanted);
    const piece = bytes.subarray(end, end + wanted);
    end = Math.ceil((end + wanted) / ALIGNMENT) * ALIGNMENT;
    return piece;
  };
  return Object.assign(hash, { allocate });
}
