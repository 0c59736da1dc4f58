import { BlockBitmap } from './bitmap';
import { copyWords } from './words';

/** Ways to combine the changed blocks of two intervals. */
export type LayerOperation = 'union' | 'intersection' | 'only-a' | 'only-b';

/** Combines two bitmaps; the result is as large as the larger disk. */
export function combine(operation: LayerOperation, a: BlockBitmap, b: BlockBitmap): BlockBitmap {
  const sizeBytes = Math.max(a.sizeBytes, b.sizeBytes);
  const length = Math.ceil(Math.max(a.blocks, b.blocks) / 32);
  const words = copyWords(a, length);
  const others = copyWords(b, length);
  for (let at = 0; at < length; at++) {
    if (operation === 'union') words[at] |= others[at];
    else if (operation === 'intersection') words[at] &= others[at];
    else if (operation === 'only-a') words[at] &= ~others[at];
    else words[at] = others[at] & ~words[at];
  }
  return new BlockBitmap(new Uint8Array(words.buffer), sizeBytes);
}
