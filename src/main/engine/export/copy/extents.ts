import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { blockCount, type Extent } from '../../../../shared/blocks/extent';
import { fail } from '../../../../shared/model/failure';
import type { OpenedSource } from './open-source';
import type { ExtentSpec } from './request';

/** A function that iterates the extents from the start, any number of times, holding none of them. */
export async function extentsOf(
  spec: ExtentSpec,
  opened: Pick<OpenedSource, 'used'>,
  sizeBytes: number,
): Promise<() => Iterable<Extent>> {
  const whole: readonly Extent[] = [{ offset: 0, length: sizeBytes }];
  switch (spec.kind) {
    case 'all':
      return () => whole;
    case 'used': {
      const used = await opened.used();
      return () => used?.extents() ?? whole;
    }
    case 'changed': {
      const bitmap = bitmapOf(spec.bitmap, sizeBytes);
      return () => bitmap.extents();
    }
    case 'list':
      return () => pairs(spec.pairs);
  }
}

/** A bitmap that is too short would leave out the end of the disk without a word; one too long is another disk's. */
function bitmapOf(bytes: Uint8Array, sizeBytes: number): BlockBitmap {
  const needed = Math.ceil(blockCount(sizeBytes) / 8);
  if (bytes.length < needed || bytes.subarray(needed).some((byte) => byte !== 0)) {
    fail({
      code: 'bad-bitmap',
      message: `The bitmap of changed blocks has ${bytes.length} bytes; a disk of ${sizeBytes} bytes needs ${needed}.`,
      nextStep: 'Give the bitmap that was made for this very disk and snapshot.',
    });
  }
  return new BlockBitmap(bytes, sizeBytes);
}

function* pairs(numbers: Float64Array): Generator<Extent> {
  for (let at = 0; at + 1 < numbers.length; at += 2) yield { offset: numbers[at], length: numbers[at + 1] };
}

export function totalBytes(extents: Iterable<Extent>): number {
  let bytes = 0;
  for (const { length } of extents) bytes += length;
  return bytes;
}
