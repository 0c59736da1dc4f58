import { describe, expect, it } from 'vitest';
import { requestFor } from '../../shared/model/export-request.fixture';
import type { CopyProgress, Job } from '../../shared/model/job';
import { bottleneck, doneShare, hasCounters, measuredRate, secondsLeft } from './job-progress';
import { createJobsStore, presentRate } from './jobs';

const progress = (readBytes: number, parts: Partial<CopyProgress> = {}): CopyProgress => ({
  totalBytes: 1000,
  readBytes,
  writtenBytes: readBytes / 2,
  zeroBytes: 0,
  equalBytes: 0,
  retries: 0,
  connections: 2,
  sourceWait: 0,
  targetWait: 0,
  ...parts,
});
const job = (id: string, createdAt: string, copied?: CopyProgress, state: Job['state'] = 'running'): Job => ({
  id,
  title: id,
  request: requestFor('d'),
  state,
  createdAt,
  disks: [{ diskUuid: 'd', diskName: 'disk', mode: 'full', reason: '', phases: [], progress: copied }],
});

describe('jobs store', () => {
  it('lists the newest first and samples rates while a job runs', () => {
    let now = 100;
    const store = createJobsStore(() => now);
    store.replace([job('old', '2026-01-01'), job('new', '2026-01-02')]);
    expect(store.getState().order).toEqual(['new', 'old']);
    store.put(job('x', '2026-01-03', progress(0)));
    now += 2;
    store.put(job('x', '2026-01-03', progress(400)));
    now += 0.01;
    store.put(job('x', '2026-01-03', progress(500)));
    expect(store.getState().order[0]).toBe('x');
    expect(store.getState().samples.get('x')).toEqual([{ at: 102, read: 200, written: 100 }]);
    store.remove('x');
    expect(store.byId('x')).toBeUndefined();
    expect(store.getState().order).toEqual(['new', 'old']);
  });

  it('takes nothing for a transfer that an earlier run had read', () => {
    let now = 100;
    const store = createJobsStore(() => now);
    for (const [read, kept] of [
      [0, 0],
      [300, 300],
      [600, 600],
      [610, 600],
    ] as const) {
      store.put(job('x', '', progress(read, { keptBytes: kept })));
      now += 1;
    }
    expect(store.getState().samples.get('x')).toEqual([{ at: 103, read: 10, written: 5 }]);
    const phases = [
      { name: 'copy', state: 'done', startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:00:02Z' },
    ] as const;
    const done = job('x', '', progress(610, { keptBytes: 600 }), 'done');
    const disks = [{ ...done.disks[0], phases: [...phases] }];
    expect(measuredRate([{ ...done, endedAt: '2026-01-01T00:00:03Z', disks }])).toBe(5);
  });

  it('knows how much is done, and says so only when the total is known', () => {
    expect(doneShare(job('a', ''))).toBeUndefined();
    expect(doneShare(job('a', '', progress(250)))).toBe(0.25);
    expect(doneShare(job('a', '', undefined, 'done'))).toBe(1);
  });

  it('says no counters of a job that ended before it was watched', () => {
    expect(hasCounters(job('a', '', undefined, 'done'))).toBe(false);
    expect(hasCounters(job('a', '', progress(250)))).toBe(true);
  });

  it('estimates what is left by the limit where the rate of late is above it', () => {
    expect(secondsLeft(progress(400), 60)).toBe(10);
    expect(secondsLeft(progress(400), 60, 20)).toBe(30);
    expect(secondsLeft(progress(400), 10, 20)).toBe(60);
    expect(secondsLeft(progress(400), 0, 20)).toBeUndefined();
    expect(secondsLeft(progress(400), undefined)).toBeUndefined();
  });

  it('averages the present rate over some seconds', () => {
    expect(presentRate(undefined)).toBeUndefined();
    expect(presentRate([])).toBeUndefined();
    const samples = [9000, 0, 0, 40, 0].map((read, index) => ({ at: index * 1.5, read, written: 0 }));
    expect(presentRate(samples)).toBe(10);
  });

  it('names the bottleneck', () => {
    expect(bottleneck(progress(0, { sourceWait: 70, targetWait: 5 }))).toContain('The pool');
    expect(bottleneck(progress(0, { sourceWait: 5, targetWait: 70 }))).toContain('The target');
    expect(bottleneck(progress(0))).toContain('Neither');
    expect(bottleneck(progress(0), { rate: 95, limit: 100 })).toContain('limit of 100 B/s');
    expect(bottleneck(progress(0), { rate: 10, limit: 100 })).toContain('Neither');
  });
});
