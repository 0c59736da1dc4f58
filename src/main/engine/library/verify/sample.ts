import type { Extent } from '../../../../shared/blocks/extent';

const SAMPLE_BYTES = 1024 * 1024;
const MOST_SAMPLES = 256;

/**
 * Ranges to compare: the disk's beginning and end, where partition tables lie, and one range at random in each of its
 * equal parts, preferring those that hold data. The whole disk when it is small.
 * @param isUsed whether any data is expected in a range.
 */
export function sampleExtents(
  sizeBytes: number,
  isUsed: (extent: Extent) => boolean,
  random: () => number = Math.random,
): Extent[] {
  const units = Math.ceil(sizeBytes / SAMPLE_BYTES);
  const extentOf = (unit: number): Extent => ({
    offset: unit * SAMPLE_BYTES,
    length: Math.min(SAMPLE_BYTES, sizeBytes - unit * SAMPLE_BYTES),
  });
  if (units <= MOST_SAMPLES) return Array.from({ length: units }, (_, unit) => extentOf(unit));
  const chosen = new Set([0, units - 1]);
  for (let part = 0; part < MOST_SAMPLES; part++) {
    const first = Math.floor((part * units) / MOST_SAMPLES);
    const end = Math.floor(((part + 1) * units) / MOST_SAMPLES);
    const used: number[] = [];
    for (let unit = first; unit < end; unit++) if (isUsed(extentOf(unit))) used.push(unit);
    chosen.add(used[Math.floor(random() * used.length)] ?? first + Math.floor(random() * (end - first)));
  }
  return [...chosen].sort((a, b) => a - b).map(extentOf);
}
