import type { ExportMode, ExportRequest } from '../../../../shared/model/export-plan';
import type { Disk, Inventory, Storage } from '../../../../shared/model/inventory';
import type { BaseSearch } from './base';

export interface ModeChoice {
  readonly mode: ExportMode;
  /** A sentence for the admin. */
  readonly reason: string;
  /** The base is used: an increment. */
  readonly incremental: boolean;
  /** Set when the admin asked for a mode that is not possible. Such a plan must not start. */
  readonly refusal?: { readonly text: string; readonly nextStep: string };
}

interface Situation {
  readonly disk: Disk;
  readonly storage: Storage | undefined;
  readonly nbdAccess: Inventory['nbdAccess'];
  readonly base: BaseSearch;
}

/** Decides how a disk is exported and says why. Pure. */
export function chooseMode(wish: ExportRequest['mode'], situation: Situation): ModeChoice {
  const cbt = whyNoCbt(situation);
  const compare = whyNoComparison(situation);
  const nbd = nbdReason(situation.nbdAccess);
  switch (wish) {
    case 'full':
      return nbd === undefined
        ? full('a full export was asked for')
        : refused('full', `A full export over NBD is not possible: ${nbd}.`, NBD_STEP);
    case 'cbt':
      return cbt === undefined
        ? increment('cbt', `an increment by changed block tracking was asked for; ${baseWord(situation)}`)
        : refused('cbt', `An increment by changed block tracking is not possible: ${cbt}.`, CBT_STEP);
    case 'compare':
      return compare === undefined
        ? increment('compare', `a comparison of snapshots was asked for; ${baseWord(situation)}`)
        : refused('compare', `A comparison with the base snapshot is not possible: ${compare}.`, FULL_STEP);
    case 'stream':
      return compare === undefined
        ? increment(
            'stream',
            `a transfer through the pool's own export was asked for; ${baseWord(situation)}`,
          )
        : {
            ...full(
              `a transfer through the pool's own export was asked for, and ${compare}, so it is a full one`,
            ),
            mode: 'stream',
          };
    case 'auto':
      return automatic(situation, cbt, compare, nbd);
  }
}

function automatic(
  situation: Situation,
  cbt: string | undefined,
  compare: string | undefined,
  nbd: string | undefined,
): ModeChoice {
  if (nbd !== undefined) {
    const instead = `${nbd}, so the pool's own export is used`;
    return compare === undefined
      ? increment('stream', `${instead}; ${baseWord(situation)}`)
      : { ...full(`${instead}; it is a full one, because ${compare}`), mode: 'stream' };
  }
  if (cbt === undefined)
    return increment('cbt', `changed block tracking covers the disk since the base; ${baseWord(situation)}`);
  if (!situation.base.found) return full(situation.base.reason);
  if (compare === undefined)
    return increment(
      'compare',
      `${cbt}, but the base snapshot still has its data and can be compared; ${baseWord(situation)}`,
    );
  return full(`${cbt}, and ${compare}`);
}

/** Why changed block tracking cannot name the blocks; undefined when it can. */
function whyNoCbt({ disk, storage, nbdAccess, base }: Situation): string | undefined {
  const nbd = nbdReason(nbdAccess);
  if (nbd !== undefined) return nbd;
  if (!base.found) return base.reason;
  if (storage && !storage.supportsCbt)
    return `the storage ${storage.name} (${storage.type}) cannot track changed blocks`;
  if (!disk.cbtEnabled) return 'changed block tracking is off on this disk';
  if (!base.snapshot.cbtEnabled) return 'changed block tracking was off when the base snapshot was taken';
  return undefined;
}

/** Why the pool cannot compare the new snapshot with the base; undefined when it can. */
function whyNoComparison({ base }: Situation): string | undefined {
  if (!base.found) return base.reason;
  if (!base.snapshot.hasData) return 'the base snapshot has no data any more, only its change metadata';
  return undefined;
}

function nbdReason(access: Inventory['nbdAccess']): string | undefined {
  if (access === 'none') return 'no network of the pool is set up for NBD';
  if (access === 'conflicting')
    return 'the pool mixes secure and insecure NBD networks, which switches NBD off';
  return undefined;
}

function baseWord({ base }: Situation): string {
  return base.found
    ? `base: the export of ${base.entry.manifest.snapshot.takenAt.slice(0, 16).replace('T', ' ')} UTC`
    : '';
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
const full = (why: string): ModeChoice => ({ mode: 'full', reason: sentence(why), incremental: false });
const increment = (mode: ExportMode, why: string): ModeChoice => ({
  mode,
  reason: sentence(why),
  incremental: true,
});
const refused = (mode: ExportMode, text: string, nextStep: string): ModeChoice => ({
  mode,
  reason: text,
  incremental: false,
  refusal: { text, nextStep },
});

const NBD_STEP = 'Set the purpose “nbd” on a network of the pool, or choose the mode “stream” or “auto”.';
const CBT_STEP = 'Switch on changed block tracking and make a full export first, or choose the mode “auto”.';
const FULL_STEP = 'Make a full export and keep its snapshot with its data, or choose the mode “auto”.';
