const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/**
 * An offset in the largest unit that fits, with as many digits as are needed to tell it from the next one `step` bytes
 * on: `5.57 GiB`, `5.5703 GiB`.
 */
export function formatOffset(offset: number, step: number): string {
  let unit = 0;
  while (unit < UNITS.length - 1 && offset >= 1024 ** (unit + 1)) unit++;
  const size = 1024 ** unit;
  const digits = Math.max(0, Math.min(6, Math.ceil(Math.log10(size / Math.max(1, step)))));
  const text = (offset / size).toFixed(unit === 0 ? 0 : digits);
  return `${text.includes('.') ? text.replace(/\.?0+$/, '') : text} ${UNITS[unit]}`;
}

export interface Tick {
  /** Row of the map that holds the offset. */
  readonly row: number;
  readonly text: string;
}

const whole = new Intl.NumberFormat('en-US');

/**
 * Round offsets along the rows `[first, end)` of a map, at least `distance` rows apart: whole GiB, 256 MiB, and so on,
 * in the largest unit that needs no fraction.
 */
export function ticks(rowBytes: number, first: number, end: number, distance: number): Tick[] {
  const step = 2 ** Math.ceil(Math.log2(rowBytes * Math.max(1, distance)));
  const unit = Math.min(UNITS.length - 1, Math.floor(Math.log2(step) / 10));
  const found: Tick[] = [];
  for (let at = Math.ceil((first * rowBytes) / step) * step; at < end * rowBytes; at += step) {
    const text = at === 0 ? '0' : `${whole.format(at / 1024 ** unit)} ${UNITS[unit]}`;
    found.push({ row: Math.floor(at / rowBytes), text });
  }
  return found;
}
