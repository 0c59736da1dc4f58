import { expect, it } from 'vitest';
import { exportedText } from './exported-text';

const MIB = 1024 * 1024;
const manifest = {
  mode: 'cbt',
  bytes: { changed: 9 * MIB, read: 8 * MIB, written: 4 * MIB, zero: MIB, equal: 0 },
  timings: { startedAt: '', endedAt: '', copySeconds: 2 },
  image: { file: 'a.qcow2', format: 'qcow2', fileBytes: 5 * MIB },
} as const;

it('tells touched blocks from different ones, and what was not read again', () => {
  const plain = exportedText('data', manifest, undefined);
  expect(plain).toMatch(/^data: cbt, read 8 MiB, stored 4 MiB, zero 1 MiB, in .*; a\.qcow2 has 5 MiB$/);
  expect(exportedText('data', manifest, { keptBytes: 0 })).toBe(plain);
  const unchanged = { ...manifest, bytes: { ...manifest.bytes, equal: 3 * MIB } };
  const resumed = exportedText('data', unchanged, { keptBytes: 6 * MIB });
  expect(resumed).toContain('read 8 MiB (6 MiB of it in an earlier run, and proved), stored');
  expect(resumed).toContain('zero 1 MiB, unchanged 3 MiB, in');
});
