import { largerThanAny, MOST_DISK_BYTES } from '../blocks/disk-size';
import type { ExportMode } from '../model/export-plan';
import type { Finding } from '../model/finding';
import type { Disk } from '../model/inventory';
import type { PoolToCheck } from './pool-findings';
import { stateFindings, trackingFindings } from './pool-findings';
import { networkFindings } from './network-findings';
import { fileFindings, targetFindings, type FileToWrite, type TargetToCheck } from './target-findings';
import { baseObstacle, type BaseToCheck } from './tracking';

export interface DiskToExport {
  readonly diskUuid: string;
  /** Undefined while it is not decided yet. */
  readonly mode?: ExportMode;
  /** The snapshot of the export that an increment would build on. */
  readonly base?: BaseToCheck;
  /** Bytes that will be read at most; the disk's size when absent. */
  readonly estimatedBytes?: number;
}

export interface ExportToCheck extends PoolToCheck {
  readonly disks: readonly DiskToExport[];
  readonly format: 'vhd' | 'qcow2' | 'raw';
  readonly target: TargetToCheck;
  /** NBD connections the export opens at once on one host, and those that other jobs already hold there. */
  readonly connections?: { readonly wanted: number; readonly inUse: number };
}

/** Source: xen-api ocaml/xapi-consts/constants.ml, `max_vhd_size`. */
const MAX_VHD_BYTES = 2040 * 1024 ** 3;
/** Source: xen-api ocaml/nbd/lib/consts.ml, `connection_limit`. */
const HOST_CONNECTIONS = 16;

/** Everything worth knowing before an export starts, on the pool and at the target. Pure. */
export function exportFindings(check: ExportToCheck): Finding[] {
  const { inventory } = check;
  return [
    ...networkFindings(inventory.nbdAccess),
    ...check.disks.flatMap((wish) => diskFindings(check, wish)),
    ...vanished(check),
    ...connectionFindings(check),
    ...targetFindings(check.target, check.format, filesOf(check)),
  ];
}

const diskOf = ({ inventory }: ExportToCheck, uuid: string): Disk | undefined =>
  inventory.disks.find((disk) => disk.uuid === uuid);

function diskFindings(check: ExportToCheck, wish: DiskToExport): Finding[] {
  const disk = diskOf(check, wish.diskUuid);
  if (!disk) return [];
  const { storages, snapshots, vms } = check.inventory;
  const facts = check.facts(disk.uuid);
  const storage = storages.find(({ uuid }) => uuid === disk.storageUuid);
  const vm = vms.find(({ diskUuids }) => diskUuids.includes(disk.uuid));
  const own = snapshots.filter(({ diskUuid }) => diskUuid === disk.uuid);
  const tracking = trackingFindings(disk, storage, facts);
  const base = wish.base && baseObstacle(disk, own, wish.base, facts);
  return [
    ...blockingFindings(disk, facts),
    ...tracking.filter(({ code }) => code !== 'disk-reset-on-boot'),
    ...stateFindings(disk, vm, own, facts).filter(({ code }) => code !== 'disk-sharable'),
    ...(base
      ? [
          {
            code: base.code,
            severity: 'warn' as const,
            text: base.text,
            nextStep: base.nextStep,
            objectUuid: disk.uuid,
          },
        ]
      : []),
    ...sizeFindings(check, disk, wish),
  ];
}

/** Disks that XAPI refuses to snapshot. Source: xen-api ocaml/xapi/xapi_vdi.ml, check_operation_error. */
function blockingFindings(disk: Disk, facts: ReturnType<ExportToCheck['facts']>): Finding[] {
  const about = { severity: 'block' as const, objectUuid: disk.uuid };
  return [
    ...(facts?.resetsOnBoot
      ? [
          {
            ...about,
            code: 'disk-reset-on-boot',
            text: `${disk.name} is reset whenever its VM starts, so the pool refuses to snapshot it.`,
            nextStep: 'Set the disk’s on-boot behaviour to “persist”, or leave the disk out.',
          },
        ]
      : []),
    ...(facts?.sharable
      ? [
          {
            ...about,
            code: 'disk-sharable',
            text: `${disk.name} is shared between VMs, so the pool refuses to snapshot it.`,
            nextStep: 'Stop sharing it, or leave the disk out.',
          },
        ]
      : []),
  ];
}

function sizeFindings({ format, target }: ExportToCheck, disk: Disk, wish: DiskToExport): Finding[] {
  const findings = fileFindings(target, format, fileOf(disk, wish));
  if (disk.sizeBytes > MOST_DISK_BYTES)
    return [
      {
        code: 'disk-too-large',
        severity: 'block',
        text: `${disk.name} cannot be exported: ${largerThanAny(disk.sizeBytes)}.`,
        nextStep: 'Look at the disk on the pool; leave it out.',
        objectUuid: disk.uuid,
      },
    ];
  if (format !== 'vhd' || disk.sizeBytes <= MAX_VHD_BYTES) return findings;
  return [
    {
      code: 'too-large-for-vhd',
      severity: 'block',
      text: `${disk.name} is larger than a VHD can be (2040 GiB).`,
      nextStep: 'Choose qcow2 or raw.',
      objectUuid: disk.uuid,
    },
    ...findings,
  ];
}

const fileOf = (disk: Disk, { estimatedBytes }: DiskToExport): FileToWrite => ({
  diskUuid: disk.uuid,
  diskName: disk.name,
  diskBytes: disk.sizeBytes,
  dataBytes: estimatedBytes ?? disk.sizeBytes,
});

const filesOf = (check: ExportToCheck): FileToWrite[] =>
  check.disks.flatMap((wish) => {
    const disk = diskOf(check, wish.diskUuid);
    return disk ? [fileOf(disk, wish)] : [];
  });

function connectionFindings({ connections }: ExportToCheck): Finding[] {
  if (!connections || connections.wanted + connections.inUse <= HOST_CONNECTIONS) return [];
  return [
    {
      code: 'host-connections',
      severity: 'warn',
      text:
        `A host takes ${HOST_CONNECTIONS} NBD connections in all; ${connections.inUse} are in use and ` +
        `${connections.wanted} are wanted, so disks will wait for each other.`,
      nextStep: 'Use fewer connections per disk, or wait until other exports have ended.',
    },
  ];
}

const vanished = (check: ExportToCheck): Finding[] =>
  check.disks
    .filter(({ diskUuid }) => !diskOf(check, diskUuid))
    .map(({ diskUuid }) => ({
      code: 'object-gone',
      severity: 'block',
      text: 'A chosen disk is no longer on the pool.',
      nextStep: 'Refresh the pool and choose again.',
      objectUuid: diskUuid,
    }));
