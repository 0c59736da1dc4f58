import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readAt } from './read-at';

/** As a file system across a network may: never more than 1000 bytes at once. */
const { readSync } = fs;
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'deltascope-'));
});
afterEach(() => {
  fs.readSync = readSync;
  syncBuiltinESMExports();
  fs.rmSync(folder, { recursive: true });
});
function readShort(): void {
  fs.readSync = ((fd: number, into: Buffer, offset: number, length: number, position: number) =>
    readSync(fd, into, offset, Math.min(length, 1000), position)) as typeof fs.readSync;
  syncBuiltinESMExports();
}

it('what is handed out in pieces is read whole, as far as the file goes', () => {
  const path = join(folder, 'file');
  fs.writeFileSync(path, Buffer.alloc(5000, 'abc'));
  readShort();
  const fd = fs.openSync(path, 'r');
  const into = Buffer.alloc(4096);
  expect([readAt(fd, into, 0), into.toString()]).toEqual([4096, Buffer.alloc(4096, 'abc').toString()]);
  expect([readAt(fd, into, 4000), readAt(fd, into, 5000)]).toEqual([1000, 0]);
  fs.closeSync(fd);
});
