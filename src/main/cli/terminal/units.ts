import { fail } from '../../../shared/model/failure';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `1.5 GiB`; exact bytes below 1 KiB. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.round(seconds % 60)).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

export const formatShare = (share: number): string => {
  const percent = share * 100;
  if (percent === 0 || percent >= 10) return `${Math.round(percent)} %`;
  return percent < 0.01 ? '< 0.01 %' : `${percent.toFixed(percent < 1 ? 2 : 1)} %`;
};

/** Bytes per second out of `100MiB/s`, `1GB/s`, `500k`. @throws FailureError `bad-limit` */
export function parseRate(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?(?:\/s)?$/i.exec(text.trim());
  const value = match ? Number(match[1]) * (match[3] || !match[2] ? 1024 : 1000) ** power(match[2]) : NaN;
  if (value > 0 && Number.isFinite(value)) return value;
  return fail({
    code: 'bad-limit',
    message: `"${text}" is not a rate.`,
    nextStep: 'Write it as 100MiB/s, 1GB/s or 500k.',
  });
}

const power = (prefix: string): number => 'kmgt'.indexOf(prefix.toLowerCase() || '-') + 1;

/** `2026-11-23 02:44:01 UTC` out of an ISO time in UTC. */
export const formatTime = (iso: string): string => `${iso.slice(0, 19).replace('T', ' ')} UTC`;
