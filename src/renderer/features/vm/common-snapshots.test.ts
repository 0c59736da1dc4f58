import { describe, expect, it } from 'vitest';
import type { Disk, Snapshot } from '../../../shared/model/inventory';
import { commonSnapshots } from './common-snapshots';

const disk = (uuid: string): Disk => ({
  uuid,
  name: uuid,
  sizeBytes: 1,
  usedBytes: 1,
  storageUuid: 'sr',
  attachments: [],
  type: 'user',
  cbtEnabled: true,
  snapshotUuids: [],
});
const snapshot = (
  uuid: string,
  diskUuid: string,
  takenAt: string,
  parts: Partial<Snapshot> = {},
): Snapshot => ({
  uuid,
  diskUuid,
  name: uuid,
  takenAt,
  storageUuid: 'sr',
  hasData: true,
  cbtEnabled: true,
  ours: false,
  ...parts,
});
const groups = (snapshots: readonly Snapshot[]) =>
  commonSnapshots([disk('x'), disk('y')], ({ uuid }) =>
    snapshots.filter(({ diskUuid }) => diskUuid === uuid),
  ).map(({ byDisk }) => [...byDisk.values()].map(({ uuid }) => uuid));

describe('common snapshots', () => {
  it('belong to one VM snapshot', () => {
    const all = [
      snapshot('x1', 'x', '2026-01-01T00:00:00Z', { vmSnapshotUuid: 'v1' }),
      snapshot('y1', 'y', '2026-01-01T00:00:01Z', { vmSnapshotUuid: 'v1' }),
      snapshot('x2', 'x', '2026-01-01T00:00:30Z', { vmSnapshotUuid: 'v2' }),
      snapshot('y2', 'y', '2026-01-01T00:00:31Z', { vmSnapshotUuid: 'v2' }),
    ];
    expect(groups(all)).toEqual([
      ['x1', 'y1'],
      ['x2', 'y2'],
    ]);
  });
  it('are told by job or time once the VM snapshot is gone', () => {
    const all = [
      snapshot('x1', 'x', '2026-01-01T00:00:00Z', { jobId: 'j', hasData: false }),
      snapshot('y1', 'y', '2026-01-01T00:03:00Z', { jobId: 'j', hasData: false }),
      snapshot('x2', 'x', '2026-01-02T00:00:00Z'),
      snapshot('y2', 'y', '2026-01-02T00:00:05Z'),
      snapshot('x3', 'x', '2026-01-03T00:00:00Z'),
    ];
    expect(groups(all)).toEqual([['x1', 'y1'], ['x2', 'y2'], ['x3']]);
  });
  it('leave out what does not track changes', () => {
    expect(groups([snapshot('x1', 'x', '2026-01-01T00:00:00Z', { cbtEnabled: false })])).toEqual([]);
  });
});
