import type { Inventory } from '../../../src/shared/model/inventory';
import type { Job } from '../../../src/shared/model/job';
import { disks, type StageDisk, type StageDiskName } from './disks';

export const snapshotUuid = (disk: StageDiskName, index: number): string => `${disk}-${index}`;

/** The stage's disks as a pool's inventory: one snapshot more than each has intervals. */
export function stageInventory(): Inventory {
  const entries = Object.entries(disks) as [StageDiskName, StageDisk][];
  return {
    poolUuid: 'stage',
    poolName: 'Stage',
    product: 'XCP-ng 8.3.0',
    nbdAccess: 'secure',
    hosts: [],
    storages: [],
    vms: [],
    disks: entries.map(([uuid, { sizeBytes, intervals }]) => ({
      uuid,
      name: uuid,
      sizeBytes,
      usedBytes: sizeBytes,
      storageUuid: '',
      attachments: [],
      type: 'user',
      cbtEnabled: true,
      snapshotUuids: Array.from({ length: intervals.length + 1 }, (_, index) => snapshotUuid(uuid, index)),
    })),
    snapshots: entries.flatMap(([uuid, { sizeBytes, intervals }]) =>
      Array.from({ length: intervals.length + 1 }, (_, index) => ({
        uuid: snapshotUuid(uuid, index),
        diskUuid: uuid,
        name: `daily-${String(index).padStart(2, '0')}`,
        takenAt: new Date(Date.UTC(2026, 4, 1 + index, 2)).toISOString(),
        sizeBytes,
        storageUuid: '',
        hasData: index === intervals.length,
        cbtEnabled: true,
        ours: false,
      })),
    ),
  };
}

/** A running export of one disk. */
export const stageJob = (id: string, diskUuid: string): Job => ({
  id,
  title: `Export ${diskUuid}`,
  request: {
    poolId: 'stage',
    diskUuids: [diskUuid],
    targetFolder: '/exports',
    format: 'raw',
    mode: 'cbt',
    base: 'auto',
    after: 'keep',
    skipUnchanged: true,
  },
  state: 'running',
  createdAt: '2026-05-10T02:00:00Z',
  disks: [{ diskUuid, diskName: diskUuid, mode: 'cbt', reason: '', phases: [] }],
});
