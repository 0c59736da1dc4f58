import type { ExportMode, ExportRequest } from '../../../../shared/model/export-plan';
import type { Disk, Inventory, Snapshot, Storage } from '../../../../shared/model/inventory';
import {
  baseObstacle,
  networkFindings,
  trackingObstacle,
  type DiskFacts,
} from '../../../../shared/preflight';
import type { BaseSearch } from './base';
import { whyBaseTouched } from './base-untouched';

export interface ModeChoice {
  readonly mode: ExportMode;
  /** Sentences for the admin: why this mode. */
  readonly reason: string;
  /** The base is used: an increment. */
  readonly incremental: boolean;
  /** Set when the admin asked for a mode that is not possible. Such a plan must not start. */
  readonly refusal?: { readonly text: string; readonly nextStep: string };
}

export interface Situation {
  readonly disk: Disk;
  readonly storage: Storage | undefined;
  readonly facts: DiskFacts | undefined;
  /** Of this disk. */
  readonly snapshots: readonly Snapshot[];
  readonly nbdAccess: Inventory['nbdAccess'];
  readonly base: BaseSearch;
  /** What the base's snapshot holds now, by the pool's name. */
  readonly baseContentId: string | undefined;
}

/** Decides how a disk is exported and says why. Pure. */
export function chooseMode(wish: ExportRequest['mode'], situation: Situation): ModeChoice {
  const noNbd = whyNoNbd(situation);
  const noCbt = whyNoCbt(situation);
  const noComparison = whyNoComparison(situation);
  const noStreamed = noComparison ?? whyNoStreamedIncrement(situation);
  const base = baseWords(situation.base);
  switch (wish) {
    case 'full':
      if (noNbd) return refused('full', 'A full export over NBD is not possible.', noNbd);
      return full('full', 'A full export was asked for.');
    case 'cbt':
      if (noNbd ?? noCbt)
        return refused('cbt', 'An increment by changed block tracking is not possible.', (noNbd ?? noCbt)!);
      return increment('cbt', `An increment by changed block tracking was asked for. ${base}`);
    case 'compare': {
      const obstacle = noNbd ? noStreamed : noComparison;
      if (obstacle)
        return refused('compare', 'A comparison with the base snapshot is not possible.', obstacle);
      return increment(
        noNbd ? 'stream' : 'compare',
        `A comparison of snapshots was asked for. ${noNbd ? `${noNbd.text} ` : ''}${base}`,
      );
    }
    case 'stream': {
      const asked = 'A transfer through the pool’s own export was asked for.';
      if (noStreamed) return full('stream', `${asked} It is a full one: ${noStreamed.text}`);
      return increment('stream', `${asked} ${base}`);
    }
    case 'auto':
      if (noNbd) {
        const instead = `${noNbd.text} The pool’s own export is used instead.`;
        if (noStreamed) return full('stream', `${instead} It is a full one: ${noStreamed.text}`);
        return increment('stream', `${instead} ${base}`);
      }
      if (!noCbt) return increment('cbt', `Changed block tracking covers the disk since the base. ${base}`);
      if (!noComparison)
        return increment(
          'compare',
          `${noCbt.text} The base snapshot still has its data, so the pool compares the two. ${base}`,
        );
      return full('full', situation.base.found ? `${noCbt.text} ${noComparison.text}` : noCbt.text);
  }
}

interface Obstacle {
  /** A sentence. */
  readonly text: string;
  readonly nextStep: string;
}

function whyNoNbd({ nbdAccess }: Situation): Obstacle | undefined {
  return nbdAccess === 'none' || nbdAccess === 'conflicting' ? networkFindings(nbdAccess)[0] : undefined;
}

/** Why changed block tracking cannot name the blocks since the base; undefined when it can. */
function whyNoCbt({ disk, storage, facts, snapshots, base }: Situation): Obstacle | undefined {
  const untracked = trackingObstacle(disk, storage, facts);
  if (untracked) return untracked;
  if (!base.found) return noBase(base.reason);
  const { snapshot, sizeBytes, use } = base.entry.manifest;
  return baseObstacle(disk, snapshots, { snapshotUuid: snapshot.uuid, sizeBytes, use }, facts);
}

/** Why the pool cannot compare the new snapshot with the base; undefined when it can. */
function whyNoComparison({ base, baseContentId, facts }: Situation): Obstacle | undefined {
  if (!base.found) return noBase(base.reason);
  if (facts?.raw)
    return {
      text: 'The disk is stored raw, and the pool compares only VHD and qcow2 disks.',
      nextStep: FULL_STEP,
    };
  if (!base.snapshot.hasData)
    return { text: 'The base snapshot has no data any more, only its change metadata.', nextStep: FULL_STEP };
  if (facts?.mayIgnoreBase) return hostTooOld(facts.mayIgnoreBase);
  const { contentId } = base.entry.manifest.snapshot;
  const touched = whyBaseTouched(contentId, baseContentId, { isQcow2: facts?.qcow2 === true });
  return touched ? { text: touched, nextStep: FULL_STEP } : undefined;
}

/** Blocks that were discarded since the base would be missing from the list of such a host, and nothing would show it. */
export const hostTooOld = ({ host, version }: NonNullable<DiskFacts['mayIgnoreBase']>): Obstacle => ({
  text:
    `The disk is stored as qcow2, and what differs from a snapshot of such a disk is only asked of hosts with xapi ` +
    `25.27.0 or newer; ${host || 'one of its hosts'} ${version ? `has ${version}` : 'does not say what it has'}.`,
  nextStep: 'Update the hosts, or switch changed block tracking on and make a full export first.',
});

/** Why the pool's own stream cannot bring an increment, although the pool can compare. */
function whyNoStreamedIncrement({ facts }: Situation): Obstacle | undefined {
  if (!facts?.qcow2) return undefined;
  return {
    text: 'The disk is stored as qcow2, and the pool’s own export brings increments only of VHDs.',
    nextStep: FULL_STEP,
  };
}

const noBase = (reason: string): Obstacle => ({ text: reason, nextStep: FULL_STEP });

function baseWords(base: BaseSearch): string {
  if (!base.found) return '';
  return `It builds on the export of ${base.entry.manifest.snapshot.takenAt.slice(0, 16).replace('T', ' ')} UTC.`;
}

const full = (mode: ExportMode, reason: string): ModeChoice => ({ mode, reason, incremental: false });
const increment = (mode: ExportMode, reason: string): ModeChoice => ({ mode, reason, incremental: true });

function refused(mode: ExportMode, what: string, { text, nextStep }: Obstacle): ModeChoice {
  const reason = `${what} ${text}`;
  return {
    mode,
    reason,
    incremental: false,
    refusal: { text: reason, nextStep: `${nextStep} Or choose the mode “auto”.` },
  };
}

const FULL_STEP = 'Make a full export first; it becomes the base.';
