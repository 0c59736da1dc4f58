import { BlockBitmap } from './bitmap';

/** Ways to combine the changed blocks of two intervals. */
export type LayerOperation = 'union' | 'intersection' | 'only-a' | 'only-b';

/** Combines two bitmaps; the result is as large as the larger disk. */
export function combine(operation: LayerOperation, a: BlockBitmap, b: BlockBitmap): BlockBitmap {
  const sizeBytes = Math.max(a.sizeBytes, b.sizeBytes);
  const length = Math.ceil(Math.max(a.blocks, b.blocks) / 32);
  const words = wordsOf(a, length);
  const others = wordsOf(b, length);
  for (let at = 0; at < length; at++) {
    if (operation === 'union') words[at] |= others[at];
    else if (operation === 'intersection') words[at] &= others[at];
    else if (operation === 'only-a') words[at] &= ~others[at];
    else words[at] = others[at] & ~words[at];
  }
  return new BlockBitmap(new Uint8Array(words.buffer), sizeBytes);
}

/** The bitmap's bytes in words of their own, cleared beyond its disk. */
function wordsOf({ bytes, blocks }: BlockBitmap, length: number): Uint32Array {
  const words = new Uint32Array(length);
  const copy = new Uint8Array(words.buffer);
  const used = Math.ceil(blocks / 8);
  copy.set(bytes.subarray(0, Math.min(used, bytes.length)));
  if ((blocks & 7) !== 0) copy[used - 1] &= 0xff00 >> (blocks & 7);
  return words;
}
