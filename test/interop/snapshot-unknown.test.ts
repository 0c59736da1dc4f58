import { beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { Job } from '../../src/shared/model/job';
import { err, unwrap, type Result } from '../../src/shared/model/result';
import { filesIn, readManifestFile } from '../fixtures/exporting';
import { cutOffAfter, type TriedJob } from '../fixtures/interrupted-export';
import { act, connectTo, disk, fault, vm } from '../fixtures/pool-connection';
import { connection, demo, jobs, poolPerTest, to } from '../fixtures/pool-per-test';

// Half a minute of patience, as it is in use, would be waited out for nothing.
vi.mock('../../src/main/engine/xapi/clock', () => ({
  systemClock: { now: () => new Date(), sleep: () => new Promise((resolve) => setTimeout(resolve, 5)) },
}));

const MIB = 1024 * 1024;
const NAME = 'gateway-01 flash';
/** What the jobs get to see of it. */
let given: PoolConnection;
poolPerTest(() => given);
beforeEach(() => {
  given = connection;
});

const wish = (after: 'keep' | 'purge' | 'remove' = 'remove') => ({
  diskUuids: [disk(connection, NAME).uuid],
  targetFolder: to,
  after,
});

/** What is on the pool and was not at first; tasks of single calls are the pool's own and go by themselves. */
const left = async (): Promise<string[]> => {
  const all = await act<{ class: string; name: string }[]>(connection, 'leftovers');
  return all.filter(({ name }) => !name.startsWith('Async.')).map(({ class: kind }) => kind);
};
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
};

const tasksSchema = z.record(z.string(), z.object({ name_label: z.string() }));
/** The pool forgets the task of the snapshot, as after a restart of its toolstack, and yet makes the snapshot. */
async function forgetTask(): Promise<void> {
  let ref: string | undefined;
  await until(async () => {
    const tasks = unwrap(await connection.call(tasksSchema, 'task.get_all_records', []));
    [ref] = Object.entries(tasks).find(([, { name_label: name }]) => name === 'Async.VM.snapshot') ?? [];
    return ref !== undefined;
  });
  unwrap(await connection.call(z.unknown(), 'task.destroy', [ref]));
}
/** The pool takes the snapshot of the next job when that job has ended. */
async function jobThatEndsBefore(): Promise<TriedJob> {
  await fault(connection, { kind: 'hold-call', method: 'VM.snapshot' });
  const [tried] = await Promise.all([jobs.start(wish(), copyInProcess), forgetTask()]);
  await act(connection, 'release-calls');
  await until(async () => (await left()).includes('VM'));
  return tried;
}

describe('a snapshot that comes after its task was lost', () => {
  it('interrupts the job, which removes it and takes another when it goes on', async () => {
    const { job } = await jobThatEndsBefore();
    expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'task-gone' } });
    const resumed = await jobs.resume(job.id);
    expect(resumed.job).toMatchObject({ state: 'done' });
    expect(await left()).toEqual([]);
    expect(filesIn(to)).toHaveLength(3);
  });

  it('is found by a cancellation of that job', async () => {
    const { job } = await jobThatEndsBefore();
    expect((await jobs.cancel(job.id)).job.state).toBe('cancelled');
    expect(await left()).toEqual([]);
  });

  it('keeps a job that was cancelled meanwhile from ending before it is found', async () => {
    let cancel = (): void => undefined;
    let come = (): Promise<unknown> => Promise.reject(new Error('No snapshot was asked for.'));
    given = withAsync((method, call) => {
      if (method !== 'VM.snapshot') return call();
      cancel();
      come = call;
      const failure = { code: 'pool-unreachable', message: 'The answer was lost.', nextStep: 'Wait.' };
      return Promise.resolve(err(failure));
    });
    const { job } = await jobs.start(wish(), copyInProcess, (queue, id) => {
      cancel = () => unwrap(queue.cancel(id));
    });
    expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'pool-unreachable' } });
    await come();
    given = connection;
    expect(await left()).toContain('VM');
    expect((await jobs.cancel(job.id)).job.state).toBe('cancelled');
    expect(await left()).toEqual([]);
  });
});

it('a snapshot of a disk without a VM whose answer was lost is left alone and named: it may be somebody else’s', async () => {
  const { uuid } = disk(connection, NAME);
  const ref = unwrap(await connection.reference('VDI', uuid));
  const call = async <T>(schema: z.ZodType<T>, method: string, ...parameters: unknown[]): Promise<T> =>
    unwrap(await connection.call(schema, method, parameters));
  for (const vbd of await call(z.array(z.string()), 'VDI.get_VBDs', ref)) {
    await call(z.unknown(), 'VBD.destroy', vbd);
  }
  const snapshots = () => call(z.array(z.string()), 'VDI.get_snapshots', ref);
  given = withCalls('call', async (method, toPool) => {
    const answer = await toPool();
    const failure = { code: 'pool-unreachable', message: 'The answer was lost.', nextStep: 'Wait.' };
    return method === 'VDI.snapshot' ? err(failure) : answer;
  });
  const first = await jobs.start(wish(), copyInProcess);
  expect(first.job).toMatchObject({ state: 'interrupted', failure: { code: 'pool-unreachable' } });
  const left = await snapshots();
  expect(left).toHaveLength(1);
  const hint = `xe vdi-destroy uuid=${await call(z.string(), 'VDI.get_uuid', left[0])}`;
  expect(first.log.join('\n')).toContain(hint);
  given = connection;
  const resumed = await jobs.resume(first.job.id);
  expect(resumed.job.state).toBe('done');
  expect(resumed.log.join('\n')).toContain(hint);
  expect(await snapshots()).toEqual(left);
});

/** The connection, but for what becomes of calls that run as tasks, which nobody cancels. */
const withAsync = (handle: Parameters<typeof withCalls>[1]): PoolConnection => withCalls('callAsync', handle);

function withCalls(
  kind: 'call' | 'callAsync',
  handle: (method: string, call: () => Promise<Result<unknown>>) => Promise<Result<unknown>>,
  target = connection,
): PoolConnection {
  const call = (...[schema, method, parameters]: Parameters<PoolConnection['callAsync']>) =>
    handle(method, () => target[kind](schema, method, parameters));
  return new Proxy(target, {
    get: (_, key) => {
      if (key === kind) return call;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

it('a pool that is away when a job goes on: what is final stays so, and is cleaned up later', async () => {
  const { diskUuids } = vm(connection, 'db-01');
  expect(diskUuids.length).toBeGreaterThan(1);
  let copies = 0;
  const first = await jobs.start({ ...wish(), diskUuids }, (request, hooks) =>
    (++copies === 2 ? cutOffAfter(MIB) : copyInProcess)(request, hooks),
  );
  expect(first.job.state).toBe('interrupted');
  const isWhole = ({ outcome }: Job['disks'][number]): boolean => outcome?.manifestPath !== undefined;
  const whole = first.job.disks.filter(isWhole).map(({ outcome }) => outcome);
  expect(whole).toHaveLength(diskUuids.length - 1);
  await fault(connection, { kind: 'drop-call', method: 'VM.get_blocked_operations', count: 1000 });
  for (const go of ['resume', 'cancel'] as const) {
    const away = await jobs[go](first.job.id);
    expect(away.job).toMatchObject({ state: 'interrupted', failure: { code: 'pool-unreachable' } });
    expect(away.job.disks.filter(isWhole).map(({ outcome }) => outcome)).toEqual(whole);
  }
  expect(await left()).toContain('VM');
  await act(connection, 'clear-faults');
  const { job } = await jobs.resume(first.job.id);
  expect(job).toMatchObject({ state: 'done' });
  expect(job.disks.every(isWhole)).toBe(true);
  expect(await left()).toEqual([]);
});

it('a connection that is closed during the clean-up leaves the job unfinished: it cleans up when it goes on', async () => {
  const closed = await connectTo(demo);
  given = withCalls(
    'callAsync',
    async (method, toPool) => {
      if (method !== 'VM.destroy') return toPool();
      await closed.close();
      given = connection;
      return toPool();
    },
    closed,
  );
  const first = await jobs.start(wish(), copyInProcess);
  expect(first.job).toMatchObject({ state: 'interrupted', failure: { code: 'pool-disconnected' } });
  expect(await left()).toContain('VM');
  expect((await jobs.resume(first.job.id)).job.state).toBe('done');
  expect(await left()).toEqual([]);
});

describe('a list of changed blocks that the pool does not give at the moment', () => {
  /** Begins an increment while so many of the answers are missing. */
  const begin = async (count: number): Promise<TriedJob> => {
    const { job: full } = await jobs.start(wish('keep'), copyInProcess);
    expect(full.state).toBe('done');
    const what = { vdi: disk(connection, NAME).uuid, offset: String(MIB) };
    await act(connection, 'write', { ...what, data: Buffer.alloc(512, 7).toString('base64') });
    const method = 'VDI.list_changed_blocks';
    await fault(connection, { kind: 'call-error', method, code: 'HOST_IS_SLAVE', params: ['x'], count });
    return jobs.start(wish('keep'), copyInProcess);
  };
  const modeOf = ({ disks: [{ outcome }] }: Job) => readManifestFile(outcome!.manifestPath!).mode;

  it('is asked for again when one answer is lost', async () => {
    const { job } = await begin(1);
    expect(job.state).toBe('done');
    expect(modeOf(job)).toBe('cbt');
  });

  it('interrupts the job when it stays away; it is an increment all the same', async () => {
    const { job } = await begin(1000);
    expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'not-the-master' } });
    await act(connection, 'clear-faults');
    const resumed = await jobs.resume(job.id);
    expect(resumed.job.state).toBe('done');
    expect(modeOf(resumed.job)).toBe('cbt');
  });
});
