import { fail, type Failure } from '../../../../shared/model/failure';
import { attempt } from '../../../../shared/model/result';
import {
  completeDisk,
  destroyUnfinished,
  destroyUnfinishedOf,
  isAway,
  persistently,
  type NewDisk,
} from '../../cbt';
import { noteRestoredDisk } from '../../jobs/restored-disks';
import { systemClock, UNFINISHED_MARK, type PoolConnection } from '../../xapi';

/** Disks that Deltascope will not remove later either. */
const BY_HAND = new Set(['held-by-vm', 'disk-not-proved']);

/** A host needs some seconds to let go of a disk. */
const patient = { clock: systemClock, patience: 120_000 };

/**
 * Writes down that the disk is whole, for the case that its marks come back.
 * @returns what to tell when that could not be written: the disk is whole all the same.
 */
export async function noteWhole(jobsFolder: string, { uuid }: NewDisk): Promise<Failure | undefined> {
  const noted = await attempt(() => noteRestoredDisk(jobsFolder, uuid));
  if (noted.ok) return undefined;
  const { code, message, details } = noted.failure;
  return {
    code: 'restored-disk-not-noted',
    message: `The disk is whole, but that could not be noted on this computer: ${message} If the pool’s coordinator crashes within the next five minutes, it may take the disk for unfinished again, and Deltascope for a leftover.`,
    nextStep: `Let the pool write down what it knows, on a host: xe pool-sync-database. Before leftovers are removed after such a crash, look that this disk, ${uuid}, is not among them.`,
    details: `${code}: ${details ?? ''}`,
  };
}

/**
 * Takes our marks off a whole disk.
 * @param isNoted it is known here that the disk is whole
 * @returns what to tell when they may still be there: the disk is whole all the same, and stays.
 * @throws FailureError `object-gone` when somebody removed the disk
 */
export async function complete(
  connection: PoolConnection,
  disk: NewDisk,
  isNoted: boolean,
): Promise<Failure | undefined> {
  const done = await attempt(() => persistently(() => completeDisk(connection, disk)));
  if (done.ok) return undefined;
  const { failure } = done;
  if (failure.code === 'object-gone') fail(failure);
  return {
    code: 'restored-disk-still-marked',
    message: `The disk is whole, but may still carry the mark of an unfinished one: ${failure.message}`,
    nextStep: `Do not remove it as a leftover${isNoted ? ' on another computer; on this one "deltascope leftovers --clean" only takes the marks off' : ''}. Or take the mark off on a host: xe vdi-param-remove uuid=${disk.uuid} param-name=other-config param-key=${UNFINISHED_MARK}`,
    details: `${failure.code}: ${failure.details ?? ''}`,
  };
}

/**
 * Removes the disk of a restore that failed; one whose making failed is looked for by its job.
 * @returns the failure, which says so if the disk could not be removed or may still come.
 */
export async function afterRemoval(
  connection: PoolConnection,
  jobId: string,
  disk: NewDisk | undefined,
  failure: Failure,
): Promise<Failure> {
  const removed = await attempt(() =>
    persistently(async () => {
      if (!disk) return destroyUnfinishedOf(connection, jobId, patient);
      await destroyUnfinished(connection, disk.uuid, patient);
      return 1;
    }),
  );
  if (!removed.ok) {
    const { code, nextStep } = removed.failure;
    const next = BY_HAND.has(code)
      ? nextStep
      : 'Remove the disk with "deltascope leftovers --clean", or under Leftovers.';
    const found = disk ? 'The unfinished disk could not be removed' : 'Whether it left a disk is not known';
    return {
      ...failure,
      code: 'restored-disk-left-behind',
      message: `${failure.message} ${found}: ${removed.failure.message}`,
      nextStep: `${failure.nextStep} ${next}`,
      details: `${failure.code}: ${failure.details ?? ''} VDI ${disk?.uuid ?? `of job ${jobId}`}`,
    };
  }
  if (removed.value > 0 || !isAway(failure.code)) return failure;
  return {
    ...failure,
    nextStep: `${failure.nextStep} If the pool makes the new disk all the same, "deltascope leftovers" and Problems name it.`,
  };
}
