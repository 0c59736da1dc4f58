import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { JobFiles, type StoredCheckpoint } from './job-files';

const MOST_BYTES = 64 * 1024 * 1024;
const checkpoint = (offset: number): StoredCheckpoint => ({
  version: 1,
  snapshotUuid: 'snapshot',
  sizeBytes: 1024,
  image: 'a.raw',
  offset,
  sums: 'ab'.repeat(32),
});

let folder: string;
let files: JobFiles;
const { fdatasyncSync } = fs;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'deltascope-'));
  files = new JobFiles(folder, 'job');
});
afterEach(() => {
  fs.fdatasyncSync = fdatasyncSync;
  syncBuiltinESMExports();
  fs.rmSync(folder, { recursive: true });
});

it.skipIf(process.platform !== 'linux')(
  'a checkpoint is durable before it replaces the one before, as a whole',
  () => {
    files.writeCheckpoint('disk', checkpoint(1));
    const path = join(folder, 'job.disk.checkpoint');
    const before = fs.readFileSync(path, 'utf8');
    const synced: string[] = [];
    fs.fdatasyncSync = (fd) => {
      fdatasyncSync(fd);
      synced.push(fs.readFileSync(`/proc/self/fd/${fd}`, 'utf8'));
      expect(fs.readFileSync(path, 'utf8')).toBe(before);
    };
    syncBuiltinESMExports();
    files.writeCheckpoint('disk', checkpoint(2));
    expect(synced).toEqual([fs.readFileSync(path, 'utf8')]);
    expect(files.readCheckpoint('disk')).toEqual({ kind: 'found', value: checkpoint(2) });
  },
);

it('a file larger than any of a job is set aside unread', () => {
  const sha256 = createHash('sha256')
    .update(Buffer.alloc(MOST_BYTES + 1))
    .digest('hex');
  const path = join(folder, 'job.disk.blocks');
  fs.writeFileSync(path, '');
  fs.truncateSync(path, MOST_BYTES + 1);
  expect(files.readBlocks('disk', sha256).kind).toBe('damaged');
  expect(fs.readdirSync(folder)).toEqual(['job.disk.blocks.damaged']);
});
