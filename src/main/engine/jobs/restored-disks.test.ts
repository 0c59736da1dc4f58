import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { jobsInUse } from './jobs-in-use';
import { noteRestoredDisk, restoredDisks } from './restored-disks';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'deltascope-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const uuidOf = (n: number): string => `00000000-0000-4000-8000-${n.toString().padStart(12, '0')}`;
const notes = (): string => join(folder, 'restored-disks');

it('names what was noted, by whichever process, and nothing else', async () => {
  expect(await restoredDisks(folder)).toEqual(new Set());
  for (const n of [1, 2, 1]) await noteRestoredDisk(folder, uuidOf(n));
  writeFileSync(join(notes(), 'Thumbs.db'), '');
  const noted = new Set([uuidOf(1), uuidOf(2)]);
  expect(await restoredDisks(folder)).toEqual(noted);
  expect(await jobsInUse(folder)).toEqual({ active: new Set(), known: new Set(), restored: noted });
});

it('keeps the newest thousand', async () => {
  mkdirSync(notes());
  for (let n = 0; n < 1001; n++) {
    writeFileSync(join(notes(), uuidOf(n)), '');
    // The one with the highest number is the oldest.
    utimesSync(join(notes(), uuidOf(n)), 3_000_000 - n, 3_000_000 - n);
  }
  await noteRestoredDisk(folder, uuidOf(5000));
  const kept = await restoredDisks(folder);
  expect(kept.size).toBe(1000);
  expect([998, 999, 1000, 5000].map((n) => kept.has(uuidOf(n)))).toEqual([true, false, false, true]);
});

it('says so when it cannot be written, or read', async () => {
  writeFileSync(notes(), '');
  await expect(noteRestoredDisk(folder, uuidOf(1))).rejects.toMatchObject({
    failure: { code: 'journal-not-written', message: expect.stringContaining(notes()) as string },
  });
  await expect(jobsInUse(folder)).rejects.toMatchObject({ failure: { code: 'jobs-not-readable' } });
});

it('writes nowhere else, whatever the pool calls the disk', async () => {
  await expect(noteRestoredDisk(join(folder, 'jobs'), '../../out')).rejects.toThrow();
  expect(existsSync(join(folder, 'out'))).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
});
