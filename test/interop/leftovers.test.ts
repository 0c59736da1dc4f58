import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { leftovers, snapshotVm } from '../../src/main/engine/cbt';
import { JobLock } from '../../src/main/engine/jobs/job-lock';
import { systemClock, taskNameFor, type PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { unwrap } from '../../src/shared/model/result';
import { deltascope } from '../fixtures/cli';
import { quickDemoPool } from '../fixtures/demo-pool';
import { filesIn, memoryFolder } from '../fixtures/exporting';
import { act, connectTo, disk, fault, vm } from '../fixtures/pool-connection';

const JOB = '0badcafe-0000-4000-8000-000000000000';
const DAY_MS = 24 * 60 * 60 * 1000;
const folder = memoryFolder();
let demo: DemoPool;
let connection: PoolConnection;
let home: string;
let jobs: string;
let count = 0;

beforeEach(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
  home = join(folder.path, `home-${++count}`);
  jobs = join(home, 'jobs');
});
afterEach(async () => {
  await connection.close();
  await demo.close();
});
afterAll(() => folder.remove());

const poolFlags = (): string[] => [
  ...['--pool', demo.url, '--user', demo.user, '--fingerprint', demo.fingerprint],
];
const env = () => ({ DELTASCOPE_PASSWORD: demo.password, DELTASCOPE_HOME: home });

/** Runs the command and returns event and kind of each line. */
async function run(...flags: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await deltascope(['leftovers', ...poolFlags(), '--json', ...flags], {
    env: env(),
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.split('\n').filter(Boolean);
  return lines.map((line) => {
    const { event, kind, mayBeElsewhere } = JSON.parse(line) as Record<string, unknown>;
    return `${String(event)} ${String(kind)}${mayBeElsewhere === true ? ' elsewhere' : ''}`;
  });
}

/** Classes of what is on the pool and was not at first; tasks of single calls are the pool's own. */
const left = async (): Promise<string[]> => {
  const all = await act<{ class: string; name: string }[]>(connection, 'leftovers');
  return all.filter(({ name }) => !name.startsWith('Async.')).map(({ class: kind }) => kind);
};

/** What a job has on the pool while it runs. */
async function makeObjects(clock = systemClock): Promise<void> {
  const vmUuid = vm(connection, 'gateway-01').uuid;
  unwrap(await snapshotVm(connection, { vmUuid, jobId: JOB, name: 'Deltascope test', clock }));
  unwrap(await connection.createTask(taskNameFor(JOB, 'disk'), 'Deltascope exports disks'));
}

describe('what a living process is at', () => {
  it('is neither listed nor removed, whatever is asked for', async () => {
    await makeObjects();
    const before = await left();
    expect(before).toContain('task');
    const lock = JobLock.take(jobs, JOB)!;
    try {
      expect(await run()).toEqual([]);
      expect(await run('--clean', '--all', '--include-interrupted')).toEqual([]);
      expect(await left()).toEqual(before);
    } finally {
      lock.release();
    }
  });
});

describe('what no job of this computer has made', () => {
  it('is left alone while it is young, unless it is named', async () => {
    await makeObjects();
    const before = await left();
    const kinds = ['vm-snapshot', 'disk-snapshot', 'disk-snapshot', 'task'];
    const found = await run();
    expect(found).toEqual(
      kinds
        .slice(0, found.length - 1)
        .map((kind) => `leftover ${kind} elsewhere`)
        .concat('leftover task elsewhere'),
    );
    expect((await run('--clean')).every((line) => line.startsWith('spared '))).toBe(true);
    expect(await left()).toEqual(before);
    const words = await deltascope(['leftovers', ...poolFlags(), '--clean'], { env: env() });
    expect(words.stdout).toMatch(/left alone, may be in use elsewhere: Deltascope test[^]*--clean --all/);
    expect(await left()).toEqual(before);
    expect((await run('--clean', '--all')).every((line) => line.startsWith('cleaned '))).toBe(true);
    expect(await left()).toEqual([]);
  });

  it('is left over once it is a day old', async () => {
    await makeObjects();
    const active = { activeJobIds: new Set<string>() };
    const seen = async (now: number): Promise<boolean[]> => [
      ...new Set(unwrap(await leftovers(connection, { ...active, now })).map((one) => one.mayBeElsewhere)),
    ];
    const { now } = Date;
    const poolAfter = (milliseconds: number) =>
      act(connection, 'advance-clock', { milliseconds: String(milliseconds) });
    await poolAfter(DAY_MS - 60_000);
    expect(await seen(now() + DAY_MS - 60_000)).toEqual([true]);
    await poolAfter(120_000);
    expect(await seen(now() + DAY_MS + 60_000)).toEqual([false]);
    expect(await seen(now() - 60_000)).toEqual([true]);
  });

  it('is not taken for old where the clock of this computer, or of the one that made it, is wrong', async () => {
    const clock = { ...systemClock, now: () => new Date(Date.now() - 365 * DAY_MS) };
    await makeObjects(clock);
    const listed = unwrap(
      await leftovers(connection, { activeJobIds: new Set(), now: Date.now() + 365 * DAY_MS }),
    );
    expect(listed.map(({ kind, mayBeElsewhere }) => [kind, mayBeElsewhere])).toEqual([
      ['vm-snapshot', true],
      ['disk-snapshot', true],
      ['task', true],
    ]);
  });
});

it('what only looks like ours is listed apart and never touched', async () => {
  const call = async <T>(schema: z.ZodType<T>, method: string, ...parameters: unknown[]): Promise<T> =>
    unwrap(await connection.call(schema, method, parameters));
  const name = `Deltascope 2026-11-24 21:00:00 UTC ${JOB.slice(0, 8)}`;
  const machine = unwrap(await connection.reference('VM', vm(connection, 'gateway-01').uuid));
  await call(z.string(), 'VM.snapshot', machine, name);
  const ref = unwrap(await connection.reference('VDI', disk(connection, 'web-01 system').uuid));
  await call(z.unknown(), 'VDI.add_to_other_config', ref, 'deltascope:taking', name);
  const born = await call(z.string(), 'VDI.snapshot', ref, {});
  await call(z.unknown(), 'VDI.remove_from_other_config', ref, 'deltascope:taking');
  // Neither mark nor name of ours: nobody's business.
  await call(z.string(), 'VM.snapshot', machine, 'Deltascope was here');
  const before = await left();
  const lines = ['unproved vm-snapshot', 'unproved disk-snapshot'];
  expect(await run('--clean', '--all')).toEqual(lines);
  const words = await deltascope(['leftovers', ...poolFlags()], { env: env() });
  expect(words.stdout).toMatch(/nothing proves it[^]*xe snapshot-uninstall uuid=[^]*xe vdi-destroy uuid=/);
  expect(words.stdout).toContain(await call(z.string(), 'VDI.get_uuid', born));
  expect(await left()).toEqual(before);
  const lock = JobLock.take(jobs, JOB)!;
  try {
    expect(await run()).toEqual([]); // its job is at it
  } finally {
    lock.release();
  }
});

it('a killed export whose journal is lost leaves nothing once leftovers are cleaned, its task neither', async () => {
  await fault(connection, { kind: 'slow-nbd', milliseconds: 200 });
  const to = join(folder.path, `to-${count}`);
  const words = ['export', disk(connection, 'gateway-01 flash').uuid, '--to', to, '--limit', '512KiB/s'];
  await deltascope([...words, ...poolFlags()], {
    env: env(),
    onStarted: async (kill) => {
      while (!filesIn(to).some((name) => name.endsWith('.partial')))
        await new Promise((resolve) => setTimeout(resolve, 20));
      kill('SIGKILL');
    },
  });
  expect(await left()).toContain('task');
  expect(await run()).toEqual([]);
  const [journal] = readdirSync(jobs).filter((name) => name.endsWith('.jsonl'));
  writeFileSync(join(jobs, journal), 'lost\n');
  expect(await run()).toContain('leftover task');
  expect(await run('--clean')).toContain('cleaned task');
  expect(await left()).toEqual([]);
});
