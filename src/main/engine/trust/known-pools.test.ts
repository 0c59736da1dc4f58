import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { KnownPools } from './known-pools';

const folder = mkdtempSync(join(tmpdir(), 'deltascope-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('what is trusted is kept for its owner alone', async () => {
  const path = join(folder, 'home', 'known-pools.json');
  await new KnownPools(path).trust('https://pool', 'ab');
  expect(await new KnownPools(path).fingerprintOf('https://pool')).toBe('ab');
  expect(await new KnownPools(path).fingerprintOf('https://other')).toBeUndefined();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'home')).mode & 0o777).toBe(0o700);
});

it('a file that cannot be read is an error, never "nothing known"', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const path = join(file, 'known-pools.json');
  await expect(new KnownPools(path).fingerprintOf('https://pool')).rejects.toMatchObject({
    failure: { code: 'known-pools-not-read', message: expect.stringContaining(path) as string },
  });
});

it.runIf(process.platform === 'linux')('a place where nothing can be made is named', async () => {
  const pools = new KnownPools('/proc/deltascope/known-pools.json');
  await expect(pools.trust('https://pool', 'ab')).rejects.toMatchObject({
    failure: { code: 'known-pools-not-written', details: expect.stringContaining('ENOENT') as string },
  });
});
