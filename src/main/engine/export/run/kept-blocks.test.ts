import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { largeBytes } from '../../../../shared/blocks/large-bytes';
import type { DiskPlan } from '../../../../shared/model/export-plan';
import type { DiskSnapshot } from '../../cbt';
import { JobFiles } from '../../jobs/job-files';
import { isInterruption } from './interruptions';
import { keepBlocks, loadBlocks } from './kept-blocks';

const folder = mkdtempSync(join(tmpdir(), 'deltascope-kept-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BLOCK = 65_536;
const files = new JobFiles(folder, 'job');
const plan = { diskUuid: 'disk', diskName: 'data' } as DiskPlan;
const snapshot = { sizeBytes: 80_000 * BLOCK } as DiskSnapshot;

it('keeps the blocks in a file, and no longer in memory; a file that is not theirs interrupts the disk', () => {
  const bitmap = new BlockBitmap(largeBytes(10_000), snapshot.sizeBytes);
  for (const block of [0, 7, 79_999]) bitmap.set(block);
  const kept = keepBlocks(files, 'disk', bitmap);
  expect(bitmap.bytes.length).toBe(0);
  const loaded = loadBlocks(files, plan, snapshot, kept);
  expect([...loaded.runs()].map(([first]) => first)).toEqual([0, 7, 79_999]);
  // Its memory is its own, so that a worker can have it.
  expect(loaded.bytes.buffer.byteLength).toBe(10_000);

  truncateSync(join(folder, 'job.disk.blocks'), 9_999);
  for (const said of [/damaged/, /gone/]) {
    const failure = { code: 'block-list-lost', message: expect.stringMatching(said) as string };
    expect(() => loadBlocks(files, plan, snapshot, kept)).toThrow(
      expect.objectContaining({ failure: expect.objectContaining(failure) }),
    );
  }
  expect(isInterruption({ code: 'block-list-lost', message: '', nextStep: '' }, false)).toBe(true);
});
