const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `1.5 GiB`: binary units, three significant digits, never a trailing zero. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${Number(value.toFixed(digits))} ${UNITS[unit]}`;
}

export const formatRate = (bytesPerSecond: number): string => `${formatBytes(bytesPerSecond)}/s`;

/** Share in per cent; what is not nothing never reads as 0 %, what is not all never as 100 %. */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0 || part <= 0) return '0 %';
  const percent = (part / whole) * 100;
  if (percent < 0.01) return '< 0.01 %';
  if (percent < 10) return `${Number(percent.toFixed(2))} %`;
  if (percent > 99.9 && part < whole) return '> 99.9 %';
  return `${Number(percent.toFixed(1))} %`;
}

const count = new Intl.NumberFormat('en-US');
export const formatCount = (value: number): string => count.format(value);

/** Length of time in seconds as `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 10 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 1) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

const dateTime = new Intl.DateTimeFormat('en-GB', {
  year: 'numeric',
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const short = new Intl.DateTimeFormat('en-GB', {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** A point in time (ISO 8601) in local time: `23 Nov 2026, 14:05:09`. */
export const formatDateTime = (iso: string): string => dateTime.format(new Date(iso));
/** Where there is little room: `23 Nov, 14:05`. */
export const formatShortDateTime = (iso: string): string => short.format(new Date(iso));
export const formatTime = (iso: string): string => time.format(new Date(iso));

const STEPS: readonly (readonly [seconds: number, unit: Intl.RelativeTimeFormatUnit])[] = [
  [60, 'second'],
  [3600, 'minute'],
  [86_400, 'hour'],
  [86_400 * 30, 'day'],
  [86_400 * 365, 'month'],
  [Infinity, 'year'],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const relativeShort = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'narrow' });

/** `3 minutes ago`. */
export const formatAgo = (iso: string, now?: number): string => sinceWith(relative, iso, now);
/** Where there is little room: `3m ago`. */
export const formatShortAgo = (iso: string, now?: number): string => sinceWith(relativeShort, iso, now);

function sinceWith(format: Intl.RelativeTimeFormat, iso: string, now = Date.now()): string {
  const seconds = (now - Date.parse(iso)) / 1000;
  let size = 1;
  for (const [limit, unit] of STEPS) {
    if (seconds < limit) return format.format(-Math.round(seconds / size), unit);
    size = limit;
  }
  return formatDateTime(iso);
}

/** `1 disk`, `2 disks`. */
export const plural = (amount: number, one: string, many = `${one}s`): string =>
  `${formatCount(amount)} ${amount === 1 ? one : many}`;
