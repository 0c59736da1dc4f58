import { NOT_DURABLE } from '../../image/file-failures';
import type { JournalEntry } from '../../jobs/journal-entry';

type Entry<T extends JournalEntry['type']> = Extract<JournalEntry, { type: T }>;

/** One snapshot that an earlier run wanted to take. */
export interface EarlierGroup {
  readonly creating: Entry<'creating'>;
  /** Undefined: the run ended before the pool answered. */
  created?: Entry<'created'>;
  /** Its snapshots have their final form. */
  settled: boolean;
}

/** How far an earlier run got with one disk. */
export interface EarlierDisk {
  /** Of the snapshot that it was read from. */
  snapshotUuid?: string;
  prepared?: Entry<'prepared'>;
  /** Names that it may have taken and not gone on to write. */
  reserving?: Entry<'reserving'>;
  writing?: Entry<'writing'>;
  publishing: boolean;
  /** What it wrote could not be made durable: nothing of it counts, whatever came after that. */
  notDurable: boolean;
  outcome?: Entry<'outcome'>;
}

/** What the journal of an interrupted job says, sorted by what it is about. */
export interface EarlierRun {
  readonly pool: Entry<'pool'> | undefined;
  readonly taskNames: readonly string[];
  readonly groups: readonly EarlierGroup[];
  disk(diskUuid: string): EarlierDisk;
}

export function earlierRun(entries: readonly JournalEntry[]): EarlierRun {
  const groups: EarlierGroup[] = [];
  const taskNames: string[] = [];
  const disks = new Map<string, EarlierDisk>();
  let pool: Entry<'pool'> | undefined;
  const disk = (uuid: string): EarlierDisk => {
    const known = disks.get(uuid) ?? { publishing: false, notDurable: false };
    disks.set(uuid, known);
    return known;
  };
  for (const entry of entries) {
    const latest = groups.at(-1);
    switch (entry.type) {
      case 'pool':
        pool = entry;
        break;
      case 'task':
        taskNames.push(entry.name);
        break;
      case 'creating':
        groups.push({ creating: entry, settled: false });
        // A new snapshot: what was known of its disks belonged to another one.
        for (const uuid of entry.diskUuids) disks.delete(uuid);
        break;
      // Groups come one after the other, so this is about the latest that is not settled.
      case 'created':
        if (latest) latest.created = entry;
        for (const { diskUuid, snapshotUuid } of entry.snapshots) disk(diskUuid).snapshotUuid = snapshotUuid;
        break;
      case 'settled':
        for (const group of groups) group.settled ||= holds(group, entry.snapshotUuids);
        break;
      case 'prepared':
        disk(entry.diskUuid).prepared = entry;
        break;
      case 'reserving':
        disk(entry.diskUuid).reserving = entry;
        break;
      case 'writing':
        Object.assign(disk(entry.diskUuid), { writing: entry, publishing: false, notDurable: false });
        delete disk(entry.diskUuid).reserving;
        delete disk(entry.diskUuid).outcome; // it is being tried again
        break;
      case 'publishing':
        disk(entry.diskUuid).publishing = true;
        break;
      case 'outcome':
        disk(entry.diskUuid).outcome = entry;
        if (entry.failure?.code === NOT_DURABLE) disk(entry.diskUuid).notDurable = true;
        break;
      case 'job':
      case 'state':
      case 'limit':
      case 'phase':
      case 'resumed':
      case 'left-behind':
      case 'cleaned':
        break; // of the job as it is shown
    }
  }
  return { pool, taskNames, groups, disk };
}

const holds = ({ created }: EarlierGroup, snapshotUuids: readonly string[]): boolean =>
  created?.snapshots.some(({ snapshotUuid }) => snapshotUuids.includes(snapshotUuid)) === true;

/** All snapshots that the run wrote down. */
export const knownSnapshots = ({ groups }: EarlierRun): string[] =>
  groups.flatMap(({ created }) => (created ? snapshotsIn(created) : []));

export const snapshotsIn = ({
  vmSnapshotUuid,
  snapshots,
  extraSnapshotUuids,
}: {
  readonly vmSnapshotUuid?: string | undefined;
  readonly snapshots: readonly { readonly snapshotUuid: string }[];
  readonly extraSnapshotUuids: readonly string[];
}): string[] => [
  ...(vmSnapshotUuid === undefined ? [] : [vmSnapshotUuid]),
  ...snapshots.map(({ snapshotUuid }) => snapshotUuid),
  ...extraSnapshotUuids,
];

/** The disk is exported, or failed for good: it does not go on. */
export const isFinal = (disk: EarlierDisk | undefined): boolean =>
  disk?.outcome !== undefined && disk.outcome.interrupted !== true;
