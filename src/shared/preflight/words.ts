const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** A size as an admin reads it: `1.5 GiB`, `10 GiB`. */
export function sizeWords(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1).replace('.0', '')} ${UNITS[unit]}`;
}

/** An instant to the minute, `2026-03-01 17:00 UTC`. */
export const timeWords = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;
