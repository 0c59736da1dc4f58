import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import type { DiskPlan } from '../../../../shared/model/export-plan';
import { fail } from '../../../../shared/model/failure';
import { giveBack } from '../../../../shared/blocks/large-bytes';
import type { DiskSnapshot } from '../../cbt';
import type { Found, JobFiles } from '../../jobs/job-files';

export const BLOCKS_LOST = 'block-list-lost';

/** The blocks to read of a disk, in a file of its job: disks that wait for their turn take no memory. */
export interface KeptBlocks {
  readonly sha256: string;
}

/** Writes them down; the bitmap itself is gone then. @throws FailureError `journal-not-written` */
export function keepBlocks(files: JobFiles, diskUuid: string, { bytes }: BlockBitmap): KeptBlocks {
  const sha256 = files.writeBlocks(diskUuid, bytes);
  giveBack(bytes);
  return { sha256 };
}

/** @throws FailureError `block-list-lost` */
export function loadBlocks(
  files: JobFiles,
  plan: DiskPlan,
  { sizeBytes }: DiskSnapshot,
  { sha256 }: KeptBlocks,
): BlockBitmap {
  const found = files.readBlocks(plan.diskUuid, sha256);
  if (found.kind === 'found') return new BlockBitmap(found.value, sizeBytes);
  return fail({
    code: BLOCKS_LOST,
    message: `${listLost(plan, found)}, so it is not known which blocks to read.`,
    nextStep: 'Resume the job: the pool is asked for the list again.',
  });
}

export const listLost = ({ diskName }: DiskPlan, found: Exclude<Found<unknown>, { kind: 'found' }>): string =>
  `The kept list of blocks of ${diskName} is ${found.kind === 'damaged' ? `damaged (now ${found.setAside})` : 'gone'}`;
