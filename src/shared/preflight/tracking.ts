import type { DiskUse } from '../model/disk-use';
import type { Disk, Snapshot, Storage } from '../model/inventory';
import type { DiskFacts } from './facts';
import { whyMarksLost } from './lost-marks';
import { timeWords } from './words';

/** Why changes of a disk cannot be tracked, or are not. `code` is that of the finding made of it. */
export interface TrackingObstacle {
  readonly code: string;
  /** A sentence. */
  readonly text: string;
  readonly nextStep: string;
  /** Tracking can simply be switched on. */
  readonly canEnable: boolean;
}

const obstacle = (code: string, text: string, nextStep: string, canEnable = false): TrackingObstacle => ({
  code,
  text,
  nextStep,
  canEnable,
});

/** Why changed block tracking is not at work on a disk; undefined when it is. */
export function trackingObstacle(
  disk: Disk,
  storage: Storage | undefined,
  facts?: DiskFacts,
): TrackingObstacle | undefined {
  const { name } = disk;
  if (storage && !storage.supportsCbt) {
    return obstacle(
      'storage-without-cbt',
      `${name} is on ${storage.name}, and storage of the type ${storage.type} cannot track changed blocks.`,
      'Exports of it are full ones. For increments, move the disk to storage that can, for example NFS, EXT or LVM.',
    );
  }
  if (disk.type !== 'user' && disk.type !== 'system') {
    return obstacle(
      'disk-type-unsuitable',
      `${name} is of the type ${disk.type}; the pool tracks only user and system disks.`,
      'Exports of it are full ones.',
    );
  }
  if (facts?.raw) {
    return obstacle(
      'disk-raw',
      `${name} is stored raw, and raw disks cannot be tracked.`,
      'Exports of it are full ones. For increments, copy it to a VHD or qcow2 disk.',
    );
  }
  if (facts?.resetsOnBoot) {
    return obstacle(
      'disk-reset-on-boot',
      `${name} is reset whenever its VM starts, so it can neither be snapshotted nor tracked.`,
      'Set the disk’s on-boot behaviour to “persist”.',
    );
  }
  if (disk.cbtEnabled) return undefined;
  const last = facts?.cbtMessages.at(-1);
  return last
    ? obstacle(
        'cbt-lost',
        `${name}: ${lossWords(last.name)} on ${timeWords(last.at)}.`,
        ENABLE_AFTER_LOSS,
        true,
      )
    : obstacle('cbt-off', `Changed block tracking is off on ${name}.`, ENABLE, true);
}

const ENABLE = 'Enable it and make a full export: the next ones can be increments.';
const ENABLE_AFTER_LOSS =
  'Enable it again and make a full export as a new base: what changed before is unknown.';

/** Messages of the storage manager. Source: xapi-project/sm libs/sm/VDI.py, `_disable_cbt_on_error`. */
function lossWords(message: string): string {
  switch (message) {
    case 'VDI_CBT_METADATA_INCONSISTENT':
      return 'the change log was damaged, probably by a crash of a host or the storage, and tracking was switched off';
    case 'VDI_CBT_SNAPSHOT_FAILED':
      return 'the change log could not follow a snapshot, and tracking was switched off';
    case 'VDI_CBT_RESIZE_FAILED':
      return 'the change log could not follow a resize, and tracking was switched off';
    default:
      return `the storage reported ${message}, and tracking was switched off`;
  }
}

/** What is known about the snapshot that an increment would build on. */
export interface BaseToCheck {
  readonly snapshotUuid: string;
  /** Size of the disk in the earlier export, in bytes. */
  readonly sizeBytes: number;
  /** Who could write to the disk just before it was taken; absent: the earlier export does not say. */
  readonly use?: DiskUse | undefined;
}

/**
 * Why changed block tracking cannot name what changed on the disk since the base; undefined when it can, as far as can
 * be told before asking the storage.
 */
export function baseObstacle(
  disk: Disk,
  snapshots: readonly Snapshot[],
  base: BaseToCheck,
  facts?: DiskFacts,
): TrackingObstacle | undefined {
  const snapshot = snapshots.find(({ uuid }) => uuid === base.snapshotUuid);
  const fullNext =
    'This export will be a full one. Keep or purge its snapshot, so that the next can build on it.';
  if (!snapshot) {
    return obstacle(
      'base-missing',
      `The snapshot of ${disk.name}’s earlier export is no longer on the pool.`,
      fullNext,
    );
  }
  const taken = timeWords(snapshot.takenAt);
  if (snapshot.diskUuid !== disk.uuid) {
    return obstacle(
      'base-of-other-disk',
      `The snapshot of ${taken} belongs to another disk than ${disk.name}.`,
      fullNext,
    );
  }
  if (snapshot.storageUuid !== disk.storageUuid) {
    return obstacle(
      'base-on-other-storage',
      `${disk.name} was moved to other storage since ${taken}.`,
      fullNext,
    );
  }
  if (base.sizeBytes > disk.sizeBytes) {
    return obstacle('disk-shrunk', `${disk.name} is smaller now than in the snapshot of ${taken}.`, fullNext);
  }
  if (!snapshot.cbtEnabled) {
    return obstacle(
      'base-without-log',
      `Changed block tracking was off on ${disk.name} when the snapshot of ${taken} was taken.`,
      'With tracking on, this export becomes a base for the next ones.',
    );
  }
  const lost = facts?.cbtMessages.find(({ at }) => at > snapshot.takenAt);
  if (lost) {
    const text = `${disk.name}: ${lossWords(lost.name)} on ${timeWords(lost.at)}, after the snapshot of ${taken}.`;
    return obstacle('cbt-lost-since-base', text, fullNext);
  }
  return facts && marksObstacle(disk.name, { ...base, takenAt: snapshot.takenAt }, facts);
}

/** Why the change log may lack changes since the base, although tracking is on; see {@link whyMarksLost}. */
export function marksObstacle(
  diskName: string,
  { use, takenAt }: Pick<BaseToCheck, 'use'> & Pick<Snapshot, 'takenAt'>,
  facts: DiskFacts,
): TrackingObstacle | undefined {
  const taken = `the snapshot of ${timeWords(takenAt)}`;
  if (!use) {
    const text = `The earlier export does not say who could write to ${diskName} before ${taken}: a crash of a host since, which loses marks of changed blocks, would go unnoticed.`;
    return obstacle('cbt-marks-lost', text, MARKS_NEXT);
  }
  const why = whyMarksLost(facts, use, takenAt);
  if (why === undefined) return undefined;
  const text = `${why}, after ${taken}: the change log of ${diskName} may lack changes.`;
  return obstacle('cbt-marks-lost', text, MARKS_NEXT);
}

const MARKS_NEXT =
  'Make a full export, or compare with the base while it has its data: the next increment can build on that with changed block tracking.';
