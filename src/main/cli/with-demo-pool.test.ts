import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CliIo } from './io';
import { runCli } from './run-cli';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-demo-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Runs a command on a demo pool that runs `source` in place of the real one. */
async function run(
  command: string,
  source: string,
  onOut: () => void = () => undefined,
): Promise<{ code: number; err: string }> {
  let err = '';
  const io: CliIo = {
    out: onOut,
    err: (text) => void (err += text),
    interactive: false,
    colours: 'none',
    unicode: true,
    columns: 100,
    env: {},
    signal: new AbortController().signal,
    readSecret: () => Promise.resolve(undefined),
  };
  const worker = join(folder, 'worker.mjs');
  writeFileSync(worker, source);
  const files = {
    libraryWorker: new URL('file:///none'),
    demoPoolWorker: pathToFileURL(worker),
    demoDisks: '',
  };
  const code = await runCli([command], io, files, () => expect.unreachable());
  return { code, err };
}

const ACCESS = { url: 'https://127.0.0.1:1', user: 'root', password: 'x', fingerprint: 'AA', certPem: '' };

it('`demo` ends when its pool crashes, and says so', async () => {
  const crash = join(folder, 'crash');
  const { code, err } = await run(
    'demo',
    `import { existsSync } from 'node:fs';
     import { parentPort } from 'node:worker_threads';
     parentPort.postMessage({ kind: 'started', access: ${JSON.stringify(ACCESS)} });
     setInterval(() => { if (existsSync(${JSON.stringify(crash)})) throw new Error('on purpose'); }, 5);`,
    () => writeFileSync(crash, ''),
  );
  expect(code).toBe(1);
  expect(err).toContain('The demo pool ended because of an error of its own.');
  expect(err).toContain('on purpose');
});

it('`tour` leaves no folder behind when the demo pool does not start', async () => {
  const { code, err } = await run('tour', 'throw new Error("on purpose")');
  expect(code).toBe(1);
  expect(err).toContain('The demo pool could not be started.');
  expect(readdirSync(folder)).toEqual(['worker.mjs']);
});
