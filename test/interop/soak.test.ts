import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { outFolder } from '../fixtures/cli';

const root = join(import.meta.dirname, '../..');

/** This seed exports one small disk five times, with five faults. */
const WORDS = ['--seed', '30085', '--exports', '5'];
const FAULTS = ['none', 'nbd-dropped', 'process-killed', 'cancelled', 'worker-killed'];

it('the soak exports, strikes, judges and finds nothing lost', async () => {
  const args = [...WORDS, ...FAULTS.flatMap((name) => ['--fault', name])];
  const env = { ...process.env, DELTASCOPE_OUT: outFolder };
  const [code, output] = await new Promise<[number | string, string]>((resolve) => {
    execFile(process.execPath, ['scripts/soak.mjs', ...args], { cwd: root, env }, (error, stdout, stderr) =>
      resolve([error?.code ?? 0, stdout + stderr]),
    );
  });
  expect(output).toContain('Nothing was lost, and nothing was left.');
  expect(code).toBe(0);
  const lines = output.split('\n').filter((line) => /^ +\d+ (ok|WRONG) /.test(line));
  expect(lines.map((line) => line.trim().split(/ +/)[2]).sort()).toEqual([...FAULTS].sort());
}, 300_000);
