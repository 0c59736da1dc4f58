import type { Inventory } from '../../../src/shared/model/inventory';
import type { Job } from '../../../src/shared/model/job';
import type { LibraryEntry } from '../../../src/shared/model/library';
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

/** An increment that left out what equals its base. */
export const stageExport = (
  disk: StageDiskName,
  from: number,
  to: number,
  sizeBytes: number,
  equalBytes: number,
): LibraryEntry => ({
  manifestPath: `/exports/${disk}-${to}.json`,
  manifest: {
    deltascope: 1,
    id: `export-${to}`,
    createdAt: '2026-05-10T02:00:00Z',
    tool: { name: 'deltascope', version: '0.0.0' },
    pool: { uuid: 'stage', name: 'Stage' },
    disk: { uuid: disk, name: disk, storage: '' },
    snapshot: { uuid: snapshotUuid(disk, to), takenAt: '2026-05-10T02:00:00Z' },
    sizeBytes,
    mode: 'cbt',
    reason: '',
    image: { file: `${disk}-${to}.vhd`, format: 'vhd', fileBytes: 0 },
    parent: {
      manifestFile: `${disk}-${from}.json`,
      id: `export-${from}`,
      snapshotUuid: snapshotUuid(disk, from),
      imageFile: `${disk}-${from}.vhd`,
    },
    bytes: { changed: equalBytes, read: equalBytes, written: 0, zero: 0, equal: equalBytes },
    checksums: { file: `${disk}-${to}.sums`, algorithm: 'xxh64', blockBytes: 65_536, sha256: '' },
    timings: { startedAt: '', endedAt: '', copySeconds: 1 },
  },
});

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
