import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { deltascope } from '../fixtures/cli';
import { quickDemoPool } from '../fixtures/demo-pool';
import { memoryFolder } from '../fixtures/exporting';
import { connectTo, fault } from '../fixtures/pool-connection';

const folder = memoryFolder();
let demo: DemoPool;
let connection: PoolConnection;
let place: string;
let count = 0;

beforeEach(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
  place = join(folder.path, String(++count));
  mkdirSync(place);
});
afterEach(async () => {
  await connection.close();
  await demo.close();
});
afterAll(() => folder.remove());

/** References open sessions, and export names hold one; the password needs no pattern. */
const SESSION = /OpaqueRef:[0-9a-f]{8}|session_id(=|%3D)[^…]/i;

/** All text below a folder, but for the images. */
function textsIn(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(raw|vhd|qcow2|sums)(\.partial)?$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

it.each([
  ['all goes well', [], []],
  ['NBD is cut', [{ kind: 'drop-nbd', afterBytes: 1_000_000 }], []],
  ['nobody listens', [{ kind: 'nbd-info', count: 99, instead: { address: '127.0.0.1', port: 1 } }], []],
  [
    'the pool repeats a reference',
    [
      {
        kind: 'call-error',
        method: 'VM.snapshot',
        code: 'HANDLE_INVALID',
        params: ['session', 'OpaqueRef:0123abcd-0000'],
        count: 9,
      },
    ],
    [],
  ],
  [
    'the stream breaks off',
    [{ kind: 'export-breaks', afterBytes: 2_000_000, count: 9 }],
    ['--mode', 'stream'],
  ],
])('neither session nor password gets out: %s', async (_name, faults, more) => {
  for (const what of faults) await fault(connection, what);
  const home = join(place, 'home');
  const to = join(place, 'to');
  const pool = ['--pool', demo.url, '--user', demo.user, '--fingerprint', demo.fingerprint];
  const told: string[] = [];
  for (const json of [['--json'], []]) {
    const { stdout, stderr } = await deltascope(
      ['export', 'gateway-01 flash', ...pool, '--to', to, '--format', 'raw', ...more, ...json],
      { env: { DELTASCOPE_PASSWORD: demo.password, DELTASCOPE_HOME: home } },
    );
    told.push(stdout, stderr);
  }
  const kept = [...textsIn(home), ...textsIn(to)];
  expect(kept.length).toBeGreaterThan(0);
  for (const text of [...told, ...kept]) {
    expect(text).not.toMatch(SESSION);
    expect(text).not.toContain(demo.password);
  }
});
