import { BlockBitmap } from './bitmap';

/** Ways to combine the changed blocks of two intervals. */
export type LayerOperation = 'union' | 'intersection' | 'only-a' | 'only-b';

const operations: Record<LayerOperation, (a: number, b: number) => number> = {
  union: (a, b) => a | b,
  intersection: (a, b) => a & b,
  'only-a': (a, b) => a & ~b,
  'only-b': (a, b) => b & ~a,
};

/** Combines two bitmaps; the result is as large as the larger disk. */
export function combine(operation: LayerOperation, a: BlockBitmap, b: BlockBitmap): BlockBitmap {
  const result = BlockBitmap.empty(Math.max(a.sizeBytes, b.sizeBytes));
  const apply = operations[operation];
  for (let byte = 0; byte < result.bytes.length; byte++) {
    result.bytes[byte] = apply(byteOf(a, byte), byteOf(b, byte));
  }
  return result;
}

/** How many of the given intervals touched each block, at most 255. One byte per block. */
export function churn(bitmaps: readonly BlockBitmap[]): Uint8Array {
  const blocks = Math.max(0, ...bitmaps.map((bitmap) => bitmap.blocks));
  const counts = new Uint8Array(blocks);
  for (const bitmap of bitmaps.slice(0, 255)) {
    for (const [first, end] of bitmap.runs()) {
      for (let block = first; block < end; block++) counts[block]++;
    }
  }
  return counts;
}

/** A byte of the bitmap with the bits beyond its disk cleared. */
function byteOf(bitmap: BlockBitmap, byte: number): number {
  const value = bitmap.bytes[byte] ?? 0;
  const left = bitmap.blocks - byte * 8;
  if (left >= 8) return value;
  return left <= 0 ? 0 : value & (0xff00 >> left) & 0xff;
}
