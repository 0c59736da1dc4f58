import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeWhole } from './write-whole';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'deltascope-write-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('replaces what was there, and leaves it and nothing else where it cannot', async () => {
  const file = join(folder, 'report.json');
  writeFileSync(file, 'old');
  await writeWhole(file, 'new');
  expect(readFileSync(file, 'utf8')).toBe('new');
  const taken = join(folder, 'a-folder');
  mkdirSync(taken);
  await expect(writeWhole(taken, 'new')).rejects.toThrow();
  expect(readdirSync(folder).sort()).toEqual(['a-folder', 'report.json']);
});

it('leaves an unfinished file of somebody else alone, also where it fails', async () => {
  const file = join(folder, 'report.json');
  const taken = join(folder, 'a-folder');
  mkdirSync(taken);
  for (const path of [file, taken]) writeFileSync(`${path}.partial`, 'theirs');
  await writeWhole(file, 'new');
  await expect(writeWhole(taken, 'new')).rejects.toThrow();
  for (const path of [file, taken]) expect(readFileSync(`${path}.partial`, 'utf8')).toBe('theirs');
  expect(readdirSync(folder)).toHaveLength(4);
});
