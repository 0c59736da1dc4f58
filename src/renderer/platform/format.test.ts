import { describe, expect, it } from 'vitest';
import { formatAgo, formatBytes, formatDuration, formatShare, formatShortAgo, plural } from './format';

describe('formats', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [65_536, '64 KiB'],
    [1_610_612_736, '1.5 GiB'],
    [2 * 1024 ** 4, '2 TiB'],
    [123.456 * 1024 ** 2, '123 MiB'],
  ])('%d bytes is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it('never rounds something to nothing or less than all to all', () => {
    expect(formatShare(0, 100)).toBe('0 %');
    expect(formatShare(1, 268_435_456)).toBe('< 0.01 %');
    expect(formatShare(99_999, 100_000)).toBe('> 99.9 %');
    expect(formatShare(100, 100)).toBe('100 %');
    expect(formatShare(1, 0)).toBe('0 %');
  });

  it.each([
    [0.0421, '42 ms'],
    [12.34, '12.3 s'],
    [245, '4 min 05 s'],
    [7800, '2 h 10 min'],
  ])('%d seconds is %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it('tells how long ago', () => {
    const now = Date.parse('2026-01-02T00:00:00Z');
    expect(formatAgo('2026-01-01T23:57:00Z', now)).toBe('3 minutes ago');
    expect(formatAgo('2026-01-01T00:00:00Z', now)).toBe('yesterday');
    expect(formatShortAgo('2026-01-01T23:57:00Z', now)).toBe('3m ago');
  });

  it('counts', () => expect([plural(1, 'disk'), plural(10_000, 'disk')]).toEqual(['1 disk', '10,000 disks']));
});
