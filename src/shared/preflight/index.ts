export { removeByHand } from './by-hand';
export { FIX } from './commands';
export { exportFindings, type DiskToExport, type ExportToCheck } from './export-findings';
export type { CbtMessage, DiskFacts, VmMessage } from './facts';
export { isVmMessage } from './lost-marks';
export { networkFindings } from './network-findings';
export { poolFindings, stateFindings, trackingFindings, type PoolToCheck } from './pool-findings';
export type { TargetToCheck } from './target-findings';
export {
  baseObstacle,
  marksObstacle,
  trackingObstacle,
  type BaseToCheck,
  type TrackingObstacle,
} from './tracking';
export { sizeWords } from './words';
