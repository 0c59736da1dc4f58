import { existsSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { deltascope, type CliOptions, type CliResult } from '../fixtures/cli';
import { quickDemoPool } from '../fixtures/demo-pool';
import { filesIn, imageOf, memoryFolder } from '../fixtures/exporting';
import { freePort } from '../fixtures/free-port';
import { act, connectTo, disk, fault } from '../fixtures/pool-connection';

const folder = memoryFolder();
let demo: DemoPool;
let connection: PoolConnection;
let to: string;
let home: string;
let count = 0;

beforeEach(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
  to = join(folder.path, `to-${++count}`);
  home = join(folder.path, `home-${count}`);
});
afterEach(async () => {
  await connection.close();
  await demo.close();
});
afterAll(() => folder.remove());

/** The command line against the demo pool; the options that a test gives come last and win. */
function onDemo(
  args: readonly string[],
  more: readonly string[] = [],
  options: CliOptions = {},
): Promise<CliResult> {
  const pool = ['--pool', demo.url, '--user', demo.user, '--fingerprint', demo.fingerprint];
  const env = { DELTASCOPE_PASSWORD: demo.password, DELTASCOPE_HOME: home, ...options.env };
  return deltascope([...args, ...pool, ...more], { ...options, env });
}
const exportFlash = (more: readonly string[] = [], options: CliOptions = {}): Promise<CliResult> =>
  onDemo(['export', 'gateway-01 flash', '--to', to, '--json'], more, options);

async function expectNothingLeft(): Promise<void> {
  await connection.refresh();
  expect(connection.ourObjects()).toEqual([]);
  expect(filesIn(to)).toEqual([]);
}

const lines = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const failureIn = (stdout: string) =>
  lines(stdout).find(({ event }) => event === 'disk-failed')!.failure as {
    message: string;
    nextStep: string;
  };

describe('not trusted, not logged in: exit code 4', () => {
  it('an unknown certificate, then trusted once and remembered, then another one', async () => {
    const pool = ['--pool', demo.url, '--user', demo.user];
    const env = { DELTASCOPE_PASSWORD: demo.password, DELTASCOPE_HOME: home };
    const unknown = await deltascope(['ls', ...pool], { env });
    expect(unknown).toMatchObject({ code: 4, stdout: '' });
    expect(unknown.stderr).toContain(demo.fingerprint);
    expect((await deltascope(['ls', ...pool, '--trust-first-use'], { env })).code).toBe(0);
    const remembered = await deltascope(['ls', ...pool], { env });
    expect(remembered).toMatchObject({ code: 0, stderr: '' });
    const port = Number(new URL(demo.url).port);
    await connection.close();
    await demo.close();
    demo = await quickDemoPool({ port, certificates: undefined });
    connection = await connectTo(demo);
    const changed = await deltascope(['ls', ...pool, '--trust-first-use'], { env });
    expect(changed.code).toBe(4);
    expect(changed.stderr).toMatch(/certificate/i);
  });

  it('a wrong fingerprint, a wrong password, no password', async () => {
    const wrong = await onDemo(['ls'], ['--fingerprint', 'ab'.repeat(32)]);
    expect(wrong.code).toBe(4);
    expect(wrong.stderr).toMatch(/certificate/i);
    const password = await exportFlash([], { env: { DELTASCOPE_PASSWORD: 'wrong' } });
    expect(password.code).toBe(4);
    expect(password.stderr).toContain('user name and password');
    const file = join(folder.path, 'empty');
    writeFileSync(file, '\n');
    expect((await exportFlash(['--password-file', file])).code).toBe(4);
    await expectNothingLeft();
  });
});

describe('the preflight refuses: exit code 3', () => {
  it('an increment without a base', async () => {
    const { code, stdout } = await exportFlash(['--mode', 'cbt']);
    expect(code).toBe(3);
    expect(lines(stdout)[0]).toMatchObject({ event: 'plan', canStart: false });
    await expectNothingLeft();
    expect((await onDemo(['preflight', 'gateway-01', '--to', to], ['--mode', 'cbt'])).code).toBe(3);
    expect((await onDemo(['preflight', 'gateway-01', '--to', to])).code).toBe(0);
  });
});

describe('the job fails with its own message and leaves nothing', () => {
  it.each([
    ['nobody listens on the NBD address', { address: '127.0.0.1', port: 0 }, 'cannot be reached', 1],
    ['the host shows another certificate on NBD', { cert: 'other' }, 'another certificate', 4],
  ])('%s', async (_name, instead, message, exitCode) => {
    const answer: Record<string, unknown> = { ...instead };
    if ('port' in answer) answer.port = await freePort();
    if ('cert' in answer) answer.cert = (await otherCertificate()).trim();
    await fault(connection, { kind: 'nbd-info', count: 100, instead: answer });
    const { code, stdout } = await exportFlash();
    expect(failureIn(stdout).message).toContain(message);
    expect(failureIn(stdout).nextStep).not.toBe('');
    expect(code).toBe(exitCode);
    await expectNothingLeft();
  });

  it('the target is full', async () => {
    mkdirSync(to);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', to]);
    try {
      const { code, stdout } = await exportFlash();
      expect(failureIn(stdout).message).toContain('no space left');
      expect(code).toBe(1);
      // It could go on once there is space; cancelled, it leaves nothing.
      expect(lines(stdout).at(-1)).toMatchObject({ event: 'interrupted' });
      expect((await onDemo(['resume', to, '--json'], ['--cancel'])).code).toBe(0);
      await expectNothingLeft();
    } finally {
      execFileSync('umount', [to]);
    }
  });

  it('a truncated image given to verify', async () => {
    const { code, stdout } = await exportFlash();
    expect(code).toBe(0);
    const manifestPath = lines(stdout).find(({ event }) => event === 'exported')!.manifestPath as string;
    expect((await deltascope(['verify', manifestPath])).code).toBe(0);
    truncateSync(imageOf(manifestPath), 1_000_000);
    const broken = await deltascope(['verify', to, '--chain']);
    expect(broken.code).toBe(1);
    expect(broken.stdout).toContain('is cut short: it has 1000000 bytes');
    const told = await deltascope(['chain', to]);
    expect(told.code).toBe(0);
  });
});

describe('verify --against-source', () => {
  it('reads the snapshot over NBD and compares every byte', async () => {
    const { stdout } = await exportFlash(['--after', 'keep']);
    const manifestPath = lines(stdout).find(({ event }) => event === 'exported')!.manifestPath as string;
    const proved = await onDemo(['verify', manifestPath, '--against-source']);
    expect(proved).toMatchObject({ code: 0, stderr: '' });
    expect(proved.stdout).toContain('the whole disk with its source');
    expect((await deltascope(['verify', manifestPath, '--against-source'])).code).toBe(2);
  });
});

describe('Ctrl+C', () => {
  it('while blocks are read: the pool and the disk are clean, and the exit code says so', async () => {
    await fault(connection, { kind: 'slow-nbd', milliseconds: 200 });
    const reading = async (): Promise<boolean> => {
      const hosts = await act<{ open: number }[]>(connection, 'nbd-connections');
      return hosts.some(({ open }) => open > 0);
    };
    const { code, stdout } = await exportFlash(['--limit', '512KiB/s'], {
      onStarted: async (kill) => {
        while (!(await reading())) await new Promise((resolve) => setTimeout(resolve, 20));
        kill('SIGINT');
      },
    });
    expect(code).toBe(1);
    expect(lines(stdout).at(-1)).toMatchObject({ event: 'cancelled' });
    await expectNothingLeft();
    expect(
      existsSync(to) && readdirSync(to, { recursive: true }).some((name) => String(name).includes('.')),
    ).toBe(false);
  });
});

describe('a reader of the output that goes away', () => {
  it('while blocks are read: the command ends as by Ctrl+C, and leaves nothing', async () => {
    const { code, stdout, stderr } = await exportFlash(['--limit', '64KiB/s'], { readOnce: true });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(lines(stdout)[0]).toMatchObject({ event: 'plan' });
    expect(stdout).not.toContain('"event":"cancelled"');
    await expectNothingLeft();
  });
});

describe('a killed process', () => {
  it('leaves what leftovers lists and cleans, and no file that looks finished', async () => {
    await fault(connection, { kind: 'slow-nbd', milliseconds: 200 });
    await exportFlash(['--limit', '512KiB/s'], {
      onStarted: async (kill) => {
        while (!filesIn(to).some((name) => name.endsWith('.partial')))
          await new Promise((resolve) => setTimeout(resolve, 20));
        kill('SIGKILL');
      },
    });
    expect(filesIn(to).every((name) => /\.partial(\.lock)?$/.test(name))).toBe(true);
    await connection.refresh();
    expect(connection.ourObjects().length).toBeGreaterThan(0);
    const kept = await onDemo(['leftovers', '--json']);
    expect(kept).toMatchObject({ code: 0, stdout: '' });
    const found = await onDemo(['leftovers', '--json'], ['--include-interrupted']);
    expect(lines(found.stdout).map(({ event }) => event)).toContain('leftover');
    const cleaned = await onDemo(['leftovers', '--json'], ['--include-interrupted', '--clean']);
    expect(cleaned.code).toBe(0);
    await connection.refresh();
    expect(connection.ourObjects()).toEqual([]);
    expect(disk(connection, 'gateway-01 flash').snapshotUuids).toEqual([]);
  });
});

/** PEM of a certificate that no host has. */
async function otherCertificate(): Promise<string> {
  const other = await quickDemoPool({ certificates: undefined });
  await other.close();
  return other.certPem;
}
