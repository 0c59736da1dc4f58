import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../shared/model/inventory';
import { resolveInterval } from './disk-interval';

const snapshot = (uuid: string, cbtEnabled = true): Snapshot => ({
  uuid,
  diskUuid: 'd',
  name: uuid,
  takenAt: '2026-01-01T00:00:00Z',
  storageUuid: 'sr',
  hasData: true,
  cbtEnabled,
  ours: false,
});
const three = [snapshot('a'), snapshot('b'), snapshot('c')];

describe('interval of a disk', () => {
  it('is the last two snapshots that track changes', () => {
    expect(resolveInterval(three, undefined)).toEqual({ fromUuid: 'b', toUuid: 'c' });
    expect(resolveInterval([...three, snapshot('d', false)], undefined)).toEqual({
      fromUuid: 'b',
      toUuid: 'c',
    });
    expect(resolveInterval([snapshot('a')], undefined)).toBeUndefined();
    expect(resolveInterval([], undefined)).toBeUndefined();
  });
  it('keeps what was chosen, older first', () => {
    expect(resolveInterval(three, { fromUuid: 'c', toUuid: 'a' })).toEqual({ fromUuid: 'a', toUuid: 'c' });
    expect(resolveInterval(three, { toUuid: 'b' })).toEqual({ fromUuid: 'a', toUuid: 'b' });
  });
  it('replaces what is gone', () => {
    expect(resolveInterval(three, { fromUuid: 'gone', toUuid: 'b' })).toEqual({ fromUuid: 'a', toUuid: 'b' });
    expect(resolveInterval(three, { toUuid: 'a' })).toEqual({ fromUuid: 'a', toUuid: 'b' });
  });

  it('does not follow to a snapshot that a job reads, unless it was chosen', () => {
    const withJob = [...three, { ...snapshot('d'), ours: true, jobId: 'job' }];
    const active = new Set(['job']);
    expect(resolveInterval(withJob, undefined)).toEqual({ fromUuid: 'c', toUuid: 'd' });
    expect(resolveInterval(withJob, undefined, active)).toEqual({ fromUuid: 'b', toUuid: 'c' });
    expect(resolveInterval(withJob, { toUuid: 'd' }, active)).toEqual({ fromUuid: 'c', toUuid: 'd' });
    expect(resolveInterval(withJob.slice(2), undefined, active)).toBeUndefined();
  });
});
