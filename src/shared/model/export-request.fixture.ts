import type { ExportRequest } from './export-plan';

/** A request for an export of these disks, as it comes from whoever changes nothing. */
export const requestFor = (...diskUuids: readonly string[]): ExportRequest => ({
  poolId: 'pool',
  diskUuids: [...diskUuids],
  targetFolder: '/exports',
  format: 'qcow2',
  mode: 'auto',
  base: 'auto',
  after: 'purge',
  skipUnchanged: true,
});
