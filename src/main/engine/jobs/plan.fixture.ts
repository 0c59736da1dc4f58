import type { ExportPlan } from '../../../shared/model/export-plan';
import { requestFor } from '../../../shared/model/export-request.fixture';

/** A plan that may start, of disks of 1 KiB. */
export const planOf = (...diskUuids: readonly string[]): ExportPlan => ({
  request: requestFor(...diskUuids),
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
