export { changedBlocks, type ChangedBlocksOptions } from './changed-blocks';
export { finishSnapshot, type FinishedSnapshot, type FinishOptions, type SnapshotToFinish } from './finish';
export { takeSnapshotToKeep, type KeptSnapshot } from './kept-snapshot';
export {
  cleanLeftovers,
  isOfAny,
  leftovers,
  unproved,
  type CleanedLeftover,
  type Leftover,
  type LeftoverOptions,
} from './leftovers';
export { blockMigration, findMigrationBlock, releaseMigration, type MigrationBlock } from './migration';
export { removeOrphans, type RemovedOrphans, type WantedSnapshot } from './orphans';
export { isAway, persistently } from './persistently';
export {
  snapshotDisk,
  snapshotVm,
  type DiskSnapshot,
  type DiskSnapshotRequest,
  type TakenSnapshot,
  type VmSnapshotRequest,
} from './snapshot';
export { setCbtEnabled, type TrackingChange } from './tracking';
export { whileBusy } from './while-busy';
export {
  completeDisk,
  createUnfinished,
  destroyUnfinished,
  destroyUnfinishedOf,
  type NewDisk,
} from './unfinished-disk';
