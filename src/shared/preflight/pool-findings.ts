import type { Finding } from '../model/finding';
import type { Disk, Inventory, Snapshot, Vm } from '../model/inventory';
import { removeByHand } from './by-hand';
import { FIX } from './commands';
import type { DiskFacts } from './facts';
import { networkFindings } from './network-findings';
import { trackingObstacle } from './tracking';

/** Links of a disk's chain from which another snapshot deserves a warning; storage drivers stop at 30. */
const LONG_CHAIN = 20;
/** Change logs of one disk from which they look forgotten. */
const MANY_CHANGE_LOGS = 10;

export interface PoolToCheck {
  readonly inventory: Inventory;
  /** See DiskFacts; undefined for disks nothing more is known of. */
  readonly facts: (diskUuid: string) => DiskFacts | undefined;
  /** Objects of finished or lost jobs that are still on the pool. */
  readonly leftoverCount?: number;
  /** What is probably ours, too, without a proof. */
  readonly unproved?: readonly UnprovedLeftover[];
}

export interface UnprovedLeftover {
  readonly kind: 'vm-snapshot' | 'disk-snapshot' | 'unfinished-disk';
  readonly uuid: string;
  readonly name: string;
}

/** What stands in the way of good exports on a pool: its networks and every disk that belongs to a VM. */
export function poolFindings(pool: PoolToCheck): Finding[] {
  const { disks, nbdAccess, vms } = pool.inventory;
  const attached = new Set(vms.flatMap(({ diskUuids }) => diskUuids));
  const snapshots = groupByDisk(pool.inventory.snapshots);
  const storages = new Map(pool.inventory.storages.map((storage) => [storage.uuid, storage]));
  const ownerOf = new Map(vms.flatMap((vm) => vm.diskUuids.map((uuid) => [uuid, vm] as const)));
  return [
    ...networkFindings(nbdAccess),
    ...leftoverFindings(pool.leftoverCount ?? 0),
    ...(pool.unproved ?? []).map(unprovedFinding),
    ...disks
      .filter(({ uuid }) => attached.has(uuid))
      .flatMap((disk) => [
        ...trackingFindings(disk, storages.get(disk.storageUuid), pool.facts(disk.uuid)),
        ...stateFindings(disk, ownerOf.get(disk.uuid), snapshots.get(disk.uuid) ?? [], pool.facts(disk.uuid)),
      ]),
  ];
}

function groupByDisk(snapshots: readonly Snapshot[]): Map<string, Snapshot[]> {
  const groups = new Map<string, Snapshot[]>();
  for (const snapshot of snapshots) {
    const group = groups.get(snapshot.diskUuid);
    if (group) group.push(snapshot);
    else groups.set(snapshot.diskUuid, [snapshot]);
  }
  return groups;
}

/** Whether the disk's changes are tracked, and what to do if not. */
export function trackingFindings(
  disk: Disk,
  storage: Inventory['storages'][number] | undefined,
  facts: DiskFacts | undefined,
): Finding[] {
  const why = trackingObstacle(disk, storage, facts);
  if (!why) return [];
  const { code, text, nextStep, canEnable } = why;
  const severity = code === 'cbt-off' || code === 'cbt-lost' ? 'warn' : 'info';
  const command = canEnable ? { command: FIX.enableTracking } : {};
  return [{ code, severity, text, nextStep, ...command, objectUuid: disk.uuid }];
}

/** The disk's chain, its change logs, and the state of its VM. */
export function stateFindings(
  disk: Disk,
  vm: Vm | undefined,
  snapshots: readonly Snapshot[],
  facts: DiskFacts | undefined,
): Finding[] {
  const findings: Finding[] = [];
  const about = { objectUuid: disk.uuid };
  if (facts?.chainDepth !== undefined && facts.chainDepth > LONG_CHAIN) {
    findings.push({
      code: 'chain-long',
      severity: 'warn',
      text: `${disk.name} has a chain of ${facts.chainDepth} links on its storage; at 30 no snapshot can be taken.`,
      nextStep: 'Remove old snapshots and wait until the storage has coalesced the chain.',
      ...about,
    });
  }
  const logs = snapshots.filter(({ hasData }) => !hasData);
  if (logs.length > MANY_CHANGE_LOGS) {
    findings.push({
      code: 'stale-change-logs',
      severity: 'info',
      text: `${disk.name} has ${logs.length} snapshots that hold only a change log.`,
      nextStep: 'Remove those that no export builds on any more.',
      ...about,
    });
  }
  if (vm?.powerState === 'suspended') {
    findings.push({
      code: 'vm-suspended',
      severity: 'info',
      text: `${vm.name} is suspended: ${disk.name} lacks what its memory has not yet written.`,
      nextStep: 'Resume or shut down the VM first if the file systems should be clean.',
      objectUuid: vm.uuid,
    });
  }
  if (facts?.sharable) {
    findings.push({
      code: 'disk-sharable',
      severity: 'warn',
      text: `${disk.name} is shared between VMs, and shared disks cannot be snapshotted.`,
      nextStep: 'Stop sharing it, or copy its data from inside a VM.',
      ...about,
    });
  }
  return findings;
}

const leftoverFindings = (count: number): Finding[] =>
  count === 0
    ? []
    : [
        {
          code: 'leftovers',
          severity: 'warn',
          text: `${count} object${count === 1 ? '' : 's'} that exports left behind ${count === 1 ? 'is' : 'are'} still on the pool.`,
          nextStep: 'Clean them up, or resume the export they belong to if it was interrupted.',
          command: FIX.cleanLeftovers,
        },
      ];

const UNPROVED = {
  'vm-snapshot': (name: string) => `The VM snapshot ${name} is probably left of an export`,
  'disk-snapshot': (name: string) => `The snapshot of the disk ${name} is probably left of an export`,
  'unfinished-disk': (name: string) => `The disk ${name} is probably left of a restore`,
};

const unprovedFinding = ({ kind, uuid, name }: UnprovedLeftover): Finding => ({
  code: 'leftover-unproved',
  severity: 'info',
  text: `${UNPROVED[kind](name)}, but nothing proves that Deltascope ${kind === 'unfinished-disk' ? 'made' : 'took'} it: it is left alone.`,
  nextStep: `Look at it on the pool. Only if nobody else made it or uses it, remove it by hand on a host: ${removeByHand(kind, uuid)}`,
  objectUuid: uuid,
});
