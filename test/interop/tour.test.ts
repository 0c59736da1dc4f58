import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { deltascope } from '../fixtures/cli';
import { filesIn, memoryFolder } from '../fixtures/exporting';

const folder = memoryFolder();
afterAll(() => folder.remove());

it('tells the whole main job, proves both exports, keeps the files that were asked for, and exits 0', async () => {
  const to = join(folder.path, 'kept');
  const { code, stdout, stderr } = await deltascope(['tour', '--to', to], {
    env: { DELTASCOPE_HOME: join(folder.path, 'home') },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.match(/✓ Verified: .* byte for byte/gs)).not.toBeNull();
  expect(stdout.split('✓ Verified:')).toHaveLength(3);
  expect(stdout).not.toContain('✗');
  const read = /Read over NBD: (\d+) bytes\. Changed on the disk: (\d+) bytes\./.exec(stdout)!;
  expect(read[1]).toBe(read[2]);
  expect(Number(read[1])).toBeGreaterThan(0);
  expect(stdout).toContain('One snapshot reduced to change metadata');
  expect(filesIn(to).map((name) => name.replace(/^\w+-/, ''))).toEqual([
    'full.json',
    'full.qcow2',
    'full.sums',
    'inc.json',
    'inc.qcow2',
    'inc.sums',
  ]);
  expect(readdirSync(to)).toHaveLength(1);
  expect((await deltascope(['verify', to, '--chain'])).code).toBe(0);
});
