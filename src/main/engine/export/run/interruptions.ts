import type { Failure } from '../../../../shared/model/failure';
import { isAway } from '../../cbt';
import { JOURNAL_NOT_WRITTEN } from '../../jobs/home-failures';
import { BLOCKS_LOST } from './kept-blocks';

/** The target is away, or takes nothing: the files that have their names there already could not be removed. */
const TARGET_AWAY: ReadonlySet<string> = new Set([
  'target-folder-missing',
  'file-vanished',
  'target-read-only',
]);

/**
 * Failures that interrupt a disk even before anything of it was copied: the pool or the target itself is away, so nothing
 * could be cleaned anyway, or what is done cannot be written down, or was and is lost: who goes on asks the pool again.
 */
const isAlways = (code: string): boolean =>
  isAway(code) || TARGET_AWAY.has(code) || code === JOURNAL_NOT_WRITTEN || code === BLOCKS_LOST;

/**
 * Failures that end a disk although part of it has been copied. Only what makes it wrong to go on with these very files
 * and this very snapshot, whatever an admin does. Anything else, an error that nobody has thought of included, passes or
 * can be put right, and keeps what was copied in hours: who does not want to go on cancels.
 */
const FINAL: ReadonlySet<string> = new Set([
  // It was asked for.
  'cancelled',
  'nbd-cancelled',
  // What is read now is not the disk that was begun with.
  'size-mismatch',
  'nbd-size-changed',
  'resume-snapshot-gone',
  'resume-snapshot-purged',
  'resume-snapshot-changed',
  'snapshot-changed',
  // The list of blocks is another disk's.
  'bad-bitmap',
  'nbd-bad-range',
  // What was written builds on another base than the one that is there, or on one that cannot be its base.
  'resume-base-changed',
  'parent-larger',
  // Somebody may stand in between: Resume must not be one click away.
  'nbd-certificate-mismatch',
  'nbd-certificate-untrusted',
  // What was written was looked at, and is not what it should be: none of it is relied on.
  'image-unsound',
  // The host's own export is one that we do not understand, and will be the next time.
  'stream-unexpected',
]);

/**
 * Whether the disk's files and snapshot are kept, so that it can go on later from where it was.
 * @param begun part of it has been copied; before that there is nothing worth keeping.
 */
export const isInterruption = ({ code }: Failure, begun: boolean): boolean =>
  isAlways(code) || (begun && !FINAL.has(code));
