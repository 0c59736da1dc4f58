import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobState } from '../../../shared/model/job';
import { err, ok, unwrap } from '../../../shared/model/result';
import { CopyCounters } from '../export/copy/counters';
import type { RunningCopy } from '../export/copy/worker-client';
import type { JobContext, RunJob } from './job-context';
import { JobLock } from './job-lock';
import { newJob } from './job-state';
import { Journal, loadJournals } from './journal';
import { planOf } from './plan.fixture';
import { JobQueue } from './queue';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-jobs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const plan = planOf('d1', 'd2');
const finding = { code: 'x', severity: 'block', text: 'It is not possible.', nextStep: 'Do not.' } as const;

/** A copy that ends when the test says so, and notes what is asked of it. */
function fakeCopy(): RunningCopy & { readonly asked: unknown[]; end: () => void } {
  const asked: unknown[] = [];
  let end = (): void => undefined;
  const done = new Promise<never>((_resolve, reject) => {
    end = () => reject(new Error('ended'));
  }).catch(() => err({ code: 'ended', message: '', nextStep: '' }));
  return {
    counters: new CopyCounters(),
    done,
    asked,
    end,
    cancel: () => asked.push('cancel'),
    pause: () => asked.push('pause'),
    resume: () => asked.push('resume'),
    limit: (bytes) => asked.push(bytes),
  };
}

const open = async (run: RunJob) => (await JobQueue.open(folder, run)).queue;
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

describe('JobQueue', () => {
  it('lets any number of disks listen for the end of their job, without a warning to the terminal', async () => {
    const warnings: string[] = [];
    const note = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', note);
    const queue = await open(({ signal }) => {
      for (let disk = 0; disk < 20; disk++) signal.addEventListener('abort', () => undefined);
      return Promise.resolve(ok(undefined));
    });
    await queue.ended(unwrap(queue.start(plan)).id);
    await new Promise(setImmediate);
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  it('runs a job to its end and tells phases, outcomes and log', async () => {
    const queue = await open((context) => {
      context.report.phase('d1', 'snapshot', 'running', 'a note');
      context.report.log('info', 'hello');
      context.report.phase('d1', 'snapshot', 'done');
      context.report.outcome('d1', { manifestPath: '/exports/d/x.json' });
      context.report.outcome('d2', { manifestPath: '/exports/d/y.json' });
      return Promise.resolve(ok(undefined));
    });
    const notes: (string | undefined)[] = [];
    queue.on('changed', ({ disks }) => notes.push(disks[0].phases[0].note));
    const { id, state } = unwrap(queue.start(plan));
    expect(['queued', 'running']).toContain(state);
    const job = await queue.ended(id);
    expect(job.state).toBe('done');
    expect(notes).toContain('a note');
    expect(job.disks[0].phases[0]).toMatchObject({ name: 'snapshot', state: 'done' });
    expect(job.disks[0].outcome).toMatchObject({ manifestPath: '/exports/d/x.json' });
    expect((await queue.log(id)).map(({ text }) => text)).toEqual(['hello']);
    await queue.remove(id);
    expect(queue.list()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a plan that may not start is refused with the findings’ words', async () => {
    const queue = await open(() => Promise.resolve(ok(undefined)));
    expect(queue.start({ ...plan, findings: [finding], canStart: false })).toMatchObject({
      ok: false,
      failure: { code: 'preflight-refused', message: 'It is not possible.' },
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a disk that fails makes the job fail, with that failure', async () => {
    const failure = { code: 'nbd-unreachable', message: 'm', nextStep: 'n' };
    const queue = await open(({ report }) => {
      report.phase('d1', 'connect', 'running');
      report.outcome('d1', { failure });
      report.outcome('d2', { manifestPath: '/y.json' });
      return Promise.resolve(ok(undefined));
    });
    const job = await queue.ended(unwrap(queue.start(plan)).id);
    expect(job).toMatchObject({ state: 'failed', failure });
    expect(job.disks[0].phases.find(({ name }) => name === 'connect')!.state).toBe('failed');
  });

  it('is not done while a disk is not exported, whatever the reason', async () => {
    const queue = await open(({ report }) => {
      report.outcome('d1', { manifestPath: '/x.json' });
      return Promise.resolve(ok(undefined));
    });
    const job = await queue.ended(unwrap(queue.start(plan)).id);
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'disk-not-exported' } });
  });

  it('a bug in a job fails that job and nothing else', async () => {
    const queue = await open(() => {
      throw new TypeError('bug');
    });
    const job = await queue.ended(unwrap(queue.start(plan)).id);
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'internal-error' } });
  });

  it('pauses, limits and cancels the running copies, and those that start later', async () => {
    const [first, second] = [fakeCopy(), fakeCopy()];
    let context: JobContext | undefined;
    const queue = await open(async (given) => {
      context = given;
      given.report.copying('d1', first);
      await aborted(given.signal);
      return ok(undefined);
    });
    const { id } = unwrap(queue.start(plan));
    queue.limit(id, 100);
    queue.pause(id);
    expect(queue.list()[0].state).toBe('paused');
    context!.report.copying('d2', second);
    expect(second.asked).toEqual(['pause', 50]);
    queue.resume(id);
    expect(queue.list()[0].state).toBe('running');
    queue.cancel(id);
    expect(first.asked).toEqual([undefined, 100, 'pause', 50, 'resume', 'cancel']);
    first.end();
    second.end();
    expect((await queue.ended(id)).state).toBe('cancelled');
  });

  it('a limit that was changed, or lifted, is still so after the program was ended', async () => {
    for (const limit of [100, undefined]) {
      const queue = await open(({ signal }) => aborted(signal).then(() => ok(undefined)));
      const { id } = unwrap(queue.start({ ...plan, request: { ...plan.request, limitBytesPerSecond: 7 } }));
      queue.limit(id, limit);
      const { queue: later } = await JobQueue.open(folder, () => Promise.reject(new Error('not run')));
      expect(later.list().find((job) => job.id === id)?.request.limitBytesPerSecond).toBe(limit);
      await queue.close();
    }
  });

  it('a limit that comes when the job has ended changes nothing', async () => {
    const queue = await open(() => Promise.resolve(ok(undefined)));
    const { id } = await queue.ended(unwrap(queue.start(plan)).id);
    const before = structuredClone(queue.list());
    queue.limit(id, 100);
    expect(queue.list()).toEqual(before);
    expect((await queue.log(id)).filter(({ text }) => text.includes('written down'))).toEqual([]);
  });

  it('a limit over all jobs is shared by the copies that read, besides the limits of the jobs', async () => {
    const copies = [fakeCopy(), fakeCopy(), fakeCopy()] as const;
    const contexts: JobContext[] = [];
    const queue = await open(async (context) => {
      contexts.push(context);
      await aborted(context.signal);
      return ok(undefined);
    });
    const ids = [unwrap(queue.start(plan)).id, unwrap(queue.start(plan)).id] as const;
    contexts[0].report.copying('d1', copies[0]);
    contexts[0].report.copying('d2', copies[1]);
    contexts[1].report.copying('d1', copies[2]);
    const now = (): unknown[] => copies.map(({ asked }) => asked.findLast((one) => typeof one !== 'string'));
    expect(now()).toEqual([undefined, undefined, undefined]);
    queue.limitAll(300);
    expect(now()).toEqual([100, 100, 100]);
    queue.limit(ids[0], 100);
    expect(now()).toEqual([50, 50, 100]);
    queue.pause(ids[0]);
    expect(now()[2]).toBe(300);
    queue.resume(ids[0]);
    expect(now()).toEqual([50, 50, 100]);
    queue.limitAll(undefined);
    expect(now()).toEqual([50, 50, undefined]);
    for (const id of ids) queue.cancel(id);
    for (const copy of copies) copy.end();
    await Promise.all(ids.map((id) => queue.ended(id)));
  });

  it('its jobs share 16 connections to each host, two copies of each storage, and three in all', async () => {
    const limits = new Set<JobContext['limits']>();
    const queue = await open((context) => {
      limits.add(context.limits);
      return Promise.resolve(ok(undefined));
    });
    await Promise.all([1, 2].map(() => queue.ended(unwrap(queue.start(plan)).id)));
    expect(limits.size).toBe(1);
    const [{ connections, copies, allCopies }] = limits;
    expect([connections.free('host'), copies.free('storage'), allCopies.free('all')]).toEqual([16, 2, 3]);
  });

  it('a job that was complete before it was cancelled is done: its exports are there', async () => {
    for (const [complete, state] of [
      [true, 'done'],
      [false, 'cancelled'],
    ] as const) {
      const queue = await open(({ jobId, report }) => {
        report.outcome('d1', { manifestPath: '/x.json' });
        if (complete) report.outcome('d2', { manifestPath: '/y.json' });
        queue.cancel(jobId);
        return Promise.resolve(err({ code: 'cancelled', message: 'm', nextStep: 'n' }));
      });
      expect((await queue.ended(unwrap(queue.start(plan)).id)).state).toBe(state);
    }
  });

  it('runs three at once; the others wait and can be cancelled without ever running', async () => {
    let running = 0;
    let most = 0;
    const queue = await open(async ({ signal }) => {
      most = Math.max(most, ++running);
      await aborted(signal);
      running--;
      return ok(undefined);
    });
    const ids = Array.from({ length: 5 }, () => unwrap(queue.start(plan)).id);
    queue.cancel(ids[4]);
    expect((await queue.ended(ids[4])).state).toBe('cancelled');
    await queue.close();
    expect(most).toBe(3);
    expect(queue.list().every(({ state }) => state === 'cancelled')).toBe(true);
  });
});

describe('the journal', () => {
  it('brings ended jobs back as they were, and running ones as interrupted', async () => {
    const queue = await open(({ report, journal }) => {
      journal({ type: 'creating', name: 'n', diskUuids: ['d1'] });
      report.phase('d1', 'copy', 'running');
      report.outcome('d1', { manifestPath: '/x.json' });
      report.outcome('d2', { manifestPath: '/y.json' });
      return Promise.resolve(ok(undefined));
    });
    const done = unwrap(queue.start(plan)).id;
    await queue.ended(done);
    const crashed = unwrap(queue.start(plan)).id;
    await queue.ended(crashed);
    const file = join(folder, `${crashed}.jsonl`);
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
      'job',
      'state',
      'creating',
      'phase',
      'outcome',
      'outcome',
      'state',
    ]);
    writeFileSync(file, `${lines.slice(0, 4).join('\n')}\n{"type":"outco`);

    const again = await JobQueue.open(folder, () => Promise.resolve(ok(undefined)));
    const states = Object.fromEntries(again.queue.list().map(({ id, state }) => [id, state]));
    expect(states).toEqual({ [done]: 'done', [crashed]: 'interrupted' });
    expect(again.interrupted.map(({ jobId }) => jobId)).toEqual([crashed]);
    expect(again.setAside).toEqual([]);
    // A further entry is not glued to the torn line.
    const journal = Journal.open(folder, crashed);
    journal.write({ type: 'state', state: 'failed' });
    journal.close();
    const { journals } = await loadJournals(folder);
    expect(journals.find(({ jobId }) => jobId === crashed)!.entries.at(-1)).toMatchObject({
      state: 'failed',
    });
  });

  it('says how far the disks of ended and of interrupted jobs had got', async () => {
    const lost = { code: 'pool-lost', message: 'm', nextStep: 'n' };
    const counted = (read: number): ReturnType<typeof fakeCopy> => {
      const copy = fakeCopy();
      copy.counters.set('readBytes', read);
      copy.counters.set('connections', 2);
      return copy;
    };
    const queue = await open(async ({ report, files }) => {
      const copy = counted(1000);
      report.copying('d1', copy);
      copy.end();
      await copy.done;
      report.outcome('d1', { manifestPath: '/x.json' });
      files.writeCheckpoint('d2', {
        ...{ version: 1 as const, snapshotUuid: 's', sizeBytes: 1024, image: 'i', offset: 512 },
        sums: '0'.repeat(64),
        progress: counted(500).counters.snapshot(),
      });
      return { ok: false, failure: lost, interrupted: true };
    });
    const { id } = unwrap(queue.start(plan));
    await queue.ended(id);
    const seen = async () =>
      (await open(() => Promise.resolve(ok(undefined)))).list()[0].disks.map(({ progress }) => progress);
    expect(await seen()).toMatchObject([
      { readBytes: 1000, connections: 0 },
      { readBytes: 500, connections: 0 },
    ]);
    // A checkpoint that cannot be read is said by whoever goes on with it, not by looking at the list.
    writeFileSync(join(folder, `${id}.d2.checkpoint`), '{');
    expect(await seen()).toMatchObject([{ readBytes: 1000 }, undefined]);
    expect(readdirSync(folder)).toContain(`${id}.d2.checkpoint`);
  });

  it('sets damaged files aside and runs nothing of them', async () => {
    const queue = await open(() => Promise.resolve(ok(undefined)));
    const { id } = unwrap(queue.start(plan));
    await queue.ended(id);
    appendFileSync(join(folder, `${id}.jsonl`), '{"type":"format-disk"}\n');
    writeFileSync(join(folder, 'nonsense.jsonl'), 'rm -rf /\n');
    const again = await JobQueue.open(folder, () => Promise.resolve(ok(undefined)));
    expect(again.queue.list()).toEqual([]);
    expect(again.interrupted).toEqual([]);
    expect(again.setAside.map((path) => path.slice(folder.length + 1)).sort()).toEqual(
      [`${id}.jsonl.damaged`, 'nonsense.jsonl.damaged'].sort(),
    );
  });
});

describe('a job that another process runs', () => {
  const id = '00000000-0000-4000-8000-000000000000';
  const journalOf = (...states: JobState[]): void => {
    const journal = Journal.open(folder, id);
    if (states[0] === 'running')
      journal.write({
        type: 'job',
        version: 1,
        job: newJob(id, plan, '2026-01-01T00:00:00.000Z'),
        plan,
      });
    for (const state of states) journal.write({ type: 'state', state });
    journal.close();
  };
  const states = (queue: JobQueue) => queue.list().map(({ state }) => state);
  const done: RunJob = () => Promise.resolve(ok(undefined));

  it('is none of this process, and is not removed', async () => {
    journalOf('running');
    const lock = JobLock.take(folder, id)!;
    const queue = await open(done);
    expect(states(queue)).toEqual(['running']);
    expect(queue.running()).toEqual([]);
    expect(await queue.remove(id)).toMatchObject({ ok: false, failure: { code: 'job-runs-elsewhere' } });
    expect(queue.resume(id)).toMatchObject({ ok: false, failure: { code: 'job-runs-elsewhere' } });
    expect(states(queue)).toEqual(['running']);
    lock.release();
  });

  it('is over here, too, once it has ended there: it can be removed', async () => {
    journalOf('running');
    const lock = JobLock.take(folder, id)!;
    const queue = await open(done);
    const told: JobState[] = [];
    queue.on('changed', ({ state }) => told.push(state));
    journalOf('done');
    lock.release();
    expect(states(queue)).toEqual(['done']);
    expect(states(queue)).toEqual(['done']);
    expect(told).toEqual(['done']);
    expect(await queue.remove(id)).toEqual(ok(undefined));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is interrupted when that process died, and can be resumed', async () => {
    journalOf('running');
    const lock = JobLock.take(folder, id)!;
    const queue = await open(done);
    lock.release();
    expect(queue.resume(id)).toEqual(ok(undefined));
    expect(queue.running()).toMatchObject([{ id }]);
    await queue.ended(id);
  });

  it('is gone when that process removed it', async () => {
    journalOf('running');
    const lock = JobLock.take(folder, id)!;
    const queue = await open(done);
    const removed: string[] = [];
    queue.on('removed', (jobId) => removed.push(jobId));
    rmSync(join(folder, `${id}.jsonl`));
    lock.release();
    expect(states(queue)).toEqual([]);
    expect(removed).toEqual([id]);
  });
});
