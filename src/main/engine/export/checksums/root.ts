import { createHash } from 'node:crypto';
import { SUM_BYTES } from './layout';

/** Of pairs that are hashed at once. */
const PIECE_BYTES = 16 * 1024;
const PAIR_BYTES = 2 * SUM_BYTES;

/** SHA-256 over the (block, checksum) pairs of an image, both u64 little-endian, ascending by block. */
export class RootDigest {
  readonly #hash = createHash('sha256');
  readonly #pairs = Buffer.alloc(PIECE_BYTES);
  /** Number of blocks that have a checksum. */
  blocks = 0;

  /** Adds `sums`, whose first entry belongs to `firstBlock`; zero entries are skipped. */
  add(firstBlock: number, sums: Buffer): void {
    const pairs = this.#pairs;
    let used = 0;
    for (let at = 0; at + SUM_BYTES <= sums.length; at += SUM_BYTES) {
      if (sums.readUInt32LE(at) === 0 && sums.readUInt32LE(at + 4) === 0) continue;
      pairs.writeUIntLE(firstBlock + at / SUM_BYTES, used, 6);
      sums.copy(pairs, used + 8, at, at + SUM_BYTES);
      used += PAIR_BYTES;
      this.blocks++;
      if (used < PIECE_BYTES) continue;
      this.#hash.update(pairs);
      used = 0;
    }
    this.#hash.update(pairs.subarray(0, used));
  }

  /** The digest so far; more may be added. */
  soFar(): string {
    return this.#hash.copy().digest('hex');
  }

  hex(): string {
    return this.#hash.digest('hex');
  }
}
