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

function filesBelow(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** All text below a folder, but for the images. */
const textsIn = (path: string): string[] =>
  filesBelow(path)
    .filter((file) => !/\.(raw|vhd|qcow2|sums)(\.partial)?$/.test(file))
    .map((file) => readFileSync(file, 'utf8'));

function expectNoSecrets(texts: readonly string[]): void {
  for (const text of texts) {
    expect(text).not.toMatch(SESSION);
    expect(text).not.toContain(demo.password);
  }
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
  expectNoSecrets([...told, ...kept]);
});

it('neither gets out of a restore, whose worker is told the session', async () => {
  const home = join(place, 'home');
  const to = join(place, 'to');
  const env = { DELTASCOPE_PASSWORD: demo.password, DELTASCOPE_HOME: home };
  const pool = ['--pool', demo.url, '--user', demo.user, '--fingerprint', demo.fingerprint];
  expect(await deltascope(['export', 'gateway-01 flash', ...pool, '--to', to], { env })).toMatchObject({
    code: 0,
  });
  const manifest = filesBelow(to).find((file) => file.endsWith('.json'))!;
  const storage = connection.inventory().storages.find(({ type }) => type === 'nfs')!.uuid;
  const restore = () => deltascope(['restore', manifest, '--sr', storage, ...pool], { env });
  const told: string[] = [];
  const demandFailed = async (what: Readonly<Record<string, unknown>>): Promise<void> => {
    await fault(connection, what);
    const { code, stdout, stderr } = await restore();
    expect(code).toBe(1);
    told.push(stdout, stderr);
  };
  const params = ['session', 'OpaqueRef:0123abcd-0000'];
  const method = 'task.create';
  await demandFailed({ kind: 'call-error', method, code: 'HANDLE_INVALID', params, count: 1 });
  await demandFailed({ kind: 'export-breaks', afterBytes: 1_000_000, count: 2 });
  const { code, stdout, stderr } = await restore();
  expect(code).toBe(0);
  expectNoSecrets([...told, stdout, stderr, ...textsIn(home)]);
});
