import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Journal } from './journal';

let folder: string;
const synced: number[] = [];
const { fsyncSync } = fs;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'deltascope-'));
  synced.length = 0;
  fs.fsyncSync = (fd) => {
    fsyncSync(fd);
    synced.push(fs.fstatSync(fd).ino);
  };
  syncBuiltinESMExports();
});
afterEach(() => {
  fs.fsyncSync = fsyncSync;
  syncBuiltinESMExports();
  fs.rmSync(folder, { recursive: true });
});

it.skipIf(process.platform === 'win32')('the name of a new journal is durable before its first line', () => {
  Journal.open(folder, 'job').close();
  expect(synced).toEqual([fs.statSync(folder).ino]);
  Journal.open(folder, 'job').close();
  expect(synced).toHaveLength(1);
});
