import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JobLock } from './job-lock';
import type { Machine } from './this-machine';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, 'job.lock');
/** Far beyond any process id. */
const GONE = 2 ** 30;
const content = (change: object): void =>
  writeFileSync(file(), JSON.stringify({ pid: GONE, start: 'a boot 1', token: 't', ...change }));
/** As this machine writes it. */
function ownMachine(): Machine {
  const lock = JobLock.take(folder, 'job')!;
  const { machine } = JSON.parse(readFileSync(file(), 'utf8')) as { machine: Machine };
  lock.release();
  return machine;
}

describe('the lock of a job', () => {
  it('is held by one at a time, and names its machine', () => {
    expect(ownMachine().host).toBe(hostname());
    const lock = JobLock.take(folder, 'job');
    expect(lock).toBeDefined();
    expect(JobLock.take(folder, 'job')).toBeUndefined();
    expect(JobLock.refusal(folder, 'job')).toMatchObject({ code: 'job-runs-elsewhere' });
    lock!.release();
    expect(JobLock.isHeld(folder, 'job')).toBe(false);
  });

  it.each(['no machine', 'this one', 'an older version of this one'])(
    'of a process of this machine that is gone is stale: %s',
    (what) => {
      const { processes, ...older } = ownMachine();
      expect(processes === undefined).toBe(process.platform !== 'linux');
      content(
        what === 'no machine' ? {} : { machine: what === 'this one' ? { ...older, processes } : older },
      );
      expect(JobLock.isHeld(folder, 'job')).toBe(false);
      expect(JobLock.take(folder, 'job')).toBeDefined();
    },
  );

  it.each([
    ['another name', { host: 'far-away' }],
    ['another id', { id: 'e0'.repeat(16) }],
    ['another container', { processes: 'pid:[1]' }],
  ])('of another machine holds until it is removed: %s', (_, differs) => {
    const machine = { ...ownMachine(), ...differs };
    content({ machine });
    expect(JobLock.isHeld(folder, 'job')).toBe(true);
    expect(JobLock.take(folder, 'job')).toBeUndefined();
    const failure = JobLock.refusal(folder, 'job');
    expect(failure).toMatchObject({ code: 'job-on-other-machine' });
    expect(failure.message).toContain(machine.host);
    expect(failure.nextStep).toContain(file());
    rmSync(file());
    expect(JobLock.take(folder, 'job')).toBeDefined();
  });

  it('cannot be taken where a link leads nowhere', () => {
    symlinkSync(join(folder, 'nowhere'), file());
    expect(JobLock.take(folder, 'job')).toBeUndefined();
    expect(readdirSync(folder)).toEqual(['job.lock']);
  });
});
