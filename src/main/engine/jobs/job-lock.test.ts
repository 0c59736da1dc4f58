import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JobLock } from './job-lock';

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
function ownMachine(): { host: string; id?: string } {
  const lock = JobLock.take(folder, 'job')!;
  const { machine } = JSON.parse(readFileSync(file(), 'utf8')) as { machine: { host: string; id?: string } };
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

  it.each([{}, { machine: 'own' }])('of a process of this machine that is gone is stale: %o', (change) => {
    const machine = ownMachine();
    content('machine' in change ? { machine } : {});
    expect(JobLock.isHeld(folder, 'job')).toBe(false);
    expect(JobLock.take(folder, 'job')).toBeDefined();
  });

  it.each(['another name', 'another id'])('of another machine holds until it is removed: %s', (what) => {
    const own = ownMachine();
    const machine = what === 'another name' ? { ...own, host: 'far-away' } : { ...own, id: 'e0'.repeat(16) };
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
});
