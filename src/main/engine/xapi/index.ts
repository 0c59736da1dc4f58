export { cancelled } from './errors/call-failure';
export { systemClock, type Clock } from './clock';
export { connectPool, type ConnectPoolOptions } from './connect-pool';
export { redact } from './errors/redact';
export type { AsyncCallOptions, CallOptions, ConnectionChange, PoolConnection } from './pool-connection';
export {
  CONTENT_ID,
  CREATED_MARK,
  isOurs,
  isUnfinished,
  JOB_MARK,
  KEPT_MARK,
  SELF_MARK,
  TAKING_MARK,
  UNFINISHED_MARK,
} from './pool/marks';
export { instant } from './pool/records';
export type { OurObject } from './pool/our-objects';
export { isStartOf, ourTasks, taskNameFor, tasksSchema } from './pool/our-tasks';
export type { NbdTarget } from './pool/nbd-targets';
export type { UnprovedObject } from './pool/unproved-objects';
export type { PoolTask } from './pool/pool-task';
export type { DiskTransfers, RawExport, RawExportRequest, RawFormat, RawImportRequest } from './raw/raw-disk';
export type { RawSession } from './raw/raw-session';
export type { PinnedPlace } from './raw/remote-transfers';
export { readCertificate, type CertificatePin, type HostCertificate } from './transport/certificate';
export { parseFingerprint } from './transport/fingerprint';
export { LongText } from './transport/long-text';
export { parseAddress, type PoolAddress } from './transport/address';
