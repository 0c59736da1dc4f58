import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { attempt } from '../../../../shared/model/result';
import { lockFiles } from './lock-files';
import { ExportFiles } from './publish';

const folder = mkdtempSync(join(tmpdir(), 'deltascope-lock-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('who finds files locked is told what to do, also where nobody writes them any more', async () => {
  const files = new ExportFiles(folder, { image: 'a.raw', checksums: 'a.sums', manifest: 'a.json' });
  const lock = lockFiles(files);
  const second = await attempt(() => Promise.resolve(lockFiles(files)));
  expect(second).toMatchObject({ ok: false, failure: { code: 'files-in-use' } });
  const nextStep = second.ok ? '' : second.failure.nextStep;
  expect(nextStep).toContain('Then cancel this job.');
  expect(nextStep).toContain(`remove the file ${join(folder, 'a.raw.partial.lock')}, then resume`);
  lock.release();
  lockFiles(files).release();
});
