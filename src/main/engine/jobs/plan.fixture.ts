import type { ExportPlan } from '../../../shared/model/export-plan';

/** A plan that may start, of disks of 1 KiB. */
export const planOf = (...diskUuids: readonly string[]): ExportPlan => ({
  request: {
    poolId: 'pool',
    diskUuids: [...diskUuids],
    targetFolder: '/exports',
    format: 'qcow2',
    mode: 'auto',
    base: 'auto',
    after: 'purge',
    skipUnchanged: true,
  },
  disks: diskUuids.map((diskUuid) => ({
    diskUuid,
    diskName: `disk ${diskUuid}`,
    sizeBytes: 1024,
    mode: 'full',
    reason: 'There is no earlier export.',
    targetFolder: '/exports/d',
  })),
  findings: [],
  canStart: true,
  commandLine: 'deltascope export',
});
