import type { Extent } from '../../../../shared/blocks/extent';

/**
 * Widens extents to whole multiples of `unit` (clamped to the disk) and merges those that then touch, so that every
 * block is copied once and wholly. Input must ascend; nothing is held in memory.
 */
export function* alignExtents(extents: Iterable<Extent>, unit: number, sizeBytes: number): Generator<Extent> {
  let start = 0;
  let end = 0;
  for (const extent of extents) {
    if (extent.length <= 0 || extent.offset >= sizeBytes) continue;
    const from = Math.floor(extent.offset / unit) * unit;
    const to = Math.min(Math.ceil((extent.offset + extent.length) / unit) * unit, sizeBytes);
    if (from <= end && end > 0) {
      end = Math.max(end, to);
      continue;
    }
    if (end > start) yield { offset: start, length: end - start };
    start = from;
    end = to;
  }
  if (end > start) yield { offset: start, length: end - start };
}
