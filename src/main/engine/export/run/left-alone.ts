import { removeByHand } from '../../../../shared/preflight';

/** What to say of a disk's snapshot that an interruption may have left: nothing proves whose it is. */
export const leftAlone = (uuid: string): string =>
  `Snapshot ${uuid} may be what this job was taking, or somebody else’s: it is left alone. Look at it on the pool; only if nobody else made it, remove it by hand: ${removeByHand('disk-snapshot', uuid)}`;
