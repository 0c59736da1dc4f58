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

/** Most binary places of a tick's text: `2.125 GiB` is read at a glance, `2.0625 GiB` is not. */
const TICK_PLACES = 3;

/** An offset that is a multiple of `step`, a power of two, in the largest unit that needs few digits: `1.5 GiB`. */
function tickText(at: number, step: number): string {
  if (at === 0) return '0';
  let unit = UNITS.length - 1;
  const long = (): boolean => at % 1024 ** unit !== 0 && step * 2 ** TICK_PLACES < 1024 ** unit;
  while (unit > 0 && (at < 1024 ** unit || long())) unit--;
  return `${written(at / 1024 ** unit, TICK_PLACES)} ${UNITS[unit]}`;
}

/**
 * Round offsets along the rows `[first, end)` of a map, at least `distance` rows apart: whole GiB, 256 MiB, and so on.
 */
export function ticks(rowBytes: number, first: number, end: number, distance: number): Tick[] {
  const step = 2 ** Math.ceil(Math.log2(rowBytes * Math.max(1, distance)));
  const found: Tick[] = [];
  for (let at = Math.ceil((first * rowBytes) / step) * step; at < end * rowBytes; at += step) {
    found.push({ row: Math.floor(at / rowBytes), text: tickText(at, step) });
  }
  return found;
}
