import type { DiskRange } from './disk-window';

/** Smaller gaps come from alignment and are not worth a name: less than one changed block. */
const SMALLEST = 64 * 1024;

/** The gaps of `whole` that none of the ranges covers, in ascending order. */
export function gapsIn(whole: DiskRange, taken: readonly DiskRange[]): DiskRange[] {
  const gaps: DiskRange[] = [];
  const end = whole.offset + whole.length;
  let at = whole.offset;
  for (const { offset, length } of [...taken].sort((left, right) => left.offset - right.offset)) {
    const stop = Math.min(offset, end);
    if (stop - at >= SMALLEST) gaps.push({ offset: at, length: stop - at });
    at = Math.max(at, offset + length);
  }
  if (end - at >= SMALLEST) gaps.push({ offset: at, length: end - at });
  return gaps;
}
