/**
 * Sector bitmaps: one bit per 512-byte sector of a block, most significant bit first.
 * Source: blktap include/libvhd.h, `BIT_MASK 0x80 >> (nr & 7)`.
 */

/** Marks `count` sectors from `first` as present. */
export function setSectors(bitmap: Buffer, first: number, count: number): void {
  const end = first + count;
  let at = first;
  while (at < end && (at & 7) !== 0) mark(bitmap, at++);
  const lastWhole = end - (end & 7);
  if (at < lastWhole) {
    bitmap.fill(0xff, at >> 3, lastWhole >> 3);
    at = lastWhole;
  }
  while (at < end) mark(bitmap, at++);
}

function mark(bitmap: Buffer, sector: number): void {
  bitmap[sector >> 3] |= 0x80 >> (sector & 7);
}

const has = (bitmap: Buffer, sector: number): boolean => (bitmap[sector >> 3] & (0x80 >> (sector & 7))) !== 0;

/** Runs of present sectors within `[from, to)`, as `[first, end)`. */
export function* sectorRuns(
  bitmap: Buffer,
  from: number,
  to: number,
): Generator<[first: number, end: number]> {
  let at = next(bitmap, from, to, true);
  while (at < to) {
    const end = next(bitmap, at, to, false);
    yield [at, end];
    at = next(bitmap, end, to, true);
  }
}

/** The first sector in `[from, to)` that is present or, with `wanted` false, absent; `to` if there is none. */
function next(bitmap: Buffer, from: number, to: number, wanted: boolean): number {
  const dull = wanted ? 0 : 0xff;
  let at = from;
  while (at < to) {
    if ((at & 7) === 0 && bitmap[at >> 3] === dull) at += 8;
    else if (has(bitmap, at) === wanted) return at;
    else at++;
  }
  return to;
}

/** How many of `count` sectors from `first` are present. */
export function countSectors(bitmap: Buffer, first: number, count: number): number {
  let present = 0;
  for (const [from, end] of sectorRuns(bitmap, first, first + count)) present += end - from;
  return present;
}
