const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const MOST_DIGITS = 5;

const written = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: digits });

/**
 * An offset in the largest unit in which at most five digits tell it from the next one `step` bytes on: `5.57 GiB`,
 * `5.5703 GiB`, `7,535.20453 GiB`.
 */
export function formatOffset(offset: number, step: number): string {
  const digitsIn = (unit: number) => Math.max(0, Math.ceil(Math.log10(1024 ** unit / Math.max(1, step))));
  let unit = 0;
  while (unit < UNITS.length - 1 && offset >= 1024 ** (unit + 1) && digitsIn(unit + 1) <= MOST_DIGITS) unit++;
  return `${written(offset / 1024 ** unit, digitsIn(unit))} ${UNITS[unit]}`;
}

export interface Tick {
  /** Row of the map that holds the offset. */
  readonly row: number;
  readonly text: string;
}

/**
 * Round offsets along the rows `[first, end)` of a map, at least `distance` rows apart: whole GiB, 256 MiB, and so on,
 * in the largest unit that needs no fraction.
 */
export function ticks(rowBytes: number, first: number, end: number, distance: number): Tick[] {
  const step = 2 ** Math.ceil(Math.log2(rowBytes * Math.max(1, distance)));
  const unit = Math.min(UNITS.length - 1, Math.floor(Math.log2(step) / 10));
  const found: Tick[] = [];
  for (let at = Math.ceil((first * rowBytes) / step) * step; at < end * rowBytes; at += step) {
    const text = at === 0 ? '0' : `${written(at / 1024 ** unit, 0)} ${UNITS[unit]}`;
    found.push({ row: Math.floor(at / rowBytes), text });
  }
  return found;
}
