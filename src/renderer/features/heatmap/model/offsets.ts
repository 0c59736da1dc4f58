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
