import { dirname, isAbsolute, join } from 'node:path';
import type { DiskPlan, ExportPlan, ExportRequest } from '../../../../shared/model/export-plan';
import { fail } from '../../../../shared/model/failure';
import type { Finding } from '../../../../shared/model/finding';
import type { Disk, Inventory } from '../../../../shared/model/inventory';
import type { LibraryDisk, LibraryEntry } from '../../../../shared/model/library';
import { exportFindings, type TargetToCheck } from '../../../../shared/preflight';
import { attempt, type Result } from '../../../../shared/model/result';
import { giveBack } from '../../../../shared/blocks/large-bytes';
import { changedBlocks } from '../../cbt';
import type { PoolConnection } from '../../xapi';
import type { BaseSearch } from './base';
import { chooseMode, type ModeChoice } from './choose-mode';
import { commandLine } from './command-line';
import {
  chooseFolder,
  findEarlierExports,
  NO_EXPORTS,
  severalFolders,
  unknownBase,
  unreadableExport,
} from './earlier-exports';
import { folderOf, vmOf } from './folders';
import { diskFindings } from './plan-findings';
import { targetPlace } from './target-place';

/**
 * Says for each disk which mode will run and why, what it builds on and where it goes. Nothing is created.
 * Fails with `object-gone` for unknown disks, `bad-target` for a relative folder, or when the target cannot be read.
 */
export function planExport(connection: PoolConnection, wish: ExportRequest): Promise<Result<ExportPlan>> {
  return attempt(async () => {
    // Each once: two copies of one disk would go on with the same files after an interruption.
    const request = { ...wish, diskUuids: [...new Set(wish.diskUuids)] };
    if (!isAbsolute(request.targetFolder)) badTarget(request.targetFolder);
    const inventory = connection.inventory();
    const disks = request.diskUuids.map((uuid) => diskOf(inventory, uuid));
    const target = await targetPlace(request.targetFolder);
    const earlierExports =
      target.obstacle === 'not-a-folder' ? NO_EXPORTS : await findEarlierExports(request);
    const bases = new Map<string, BaseSearch>();
    const planned: DiskPlan[] = [];
    const findings: Finding[] = [
      ...earlierExports.problems.map(unreadableExport),
      ...unknownBase(earlierExports, request),
    ];
    for (const disk of disks) {
      const { earlier, base, others } = chooseFolder(earlierExports, request, disk, inventory);
      bases.set(disk.uuid, base);
      const storage = inventory.storages.find(({ uuid }) => uuid === disk.storageUuid);
      const choice = chooseMode(request.mode, {
        disk,
        storage,
        facts: connection.diskFacts(disk.uuid),
        snapshots: inventory.snapshots.filter(({ diskUuid }) => diskUuid === disk.uuid),
        nbdAccess: inventory.nbdAccess,
        base,
        baseContentId: base.found ? connection.diskFacts(base.snapshot.uuid)?.contentId : undefined,
      });
      planned.push(await diskPlan(connection, request, disk, choice, base, earlier));
      findings.push(...diskFindings(choice, request, disk, storage));
      if (request.base === 'auto' && earlier && others.length > 0)
        findings.push(severalFolders(disk, earlier, others));
    }
    findings.push(...preflight(connection, request, planned, bases, target));
    return {
      request,
      disks: planned,
      findings,
      canStart: !findings.some(({ severity }) => severity === 'block'),
      ...(target.freeBytes === undefined ? {} : { targetFreeBytes: target.freeBytes }),
      commandLine: commandLine(request, connection),
    };
  });
}

function preflight(
  connection: PoolConnection,
  { format }: ExportRequest,
  planned: readonly DiskPlan[],
  bases: ReadonlyMap<string, BaseSearch>,
  target: TargetToCheck,
): Finding[] {
  const sizeOfBase = ({ diskUuid }: DiskPlan): number => {
    const base = bases.get(diskUuid);
    return base?.found ? base.entry.manifest.sizeBytes : 0;
  };
  const baseOf = (disk: DiskPlan) =>
    disk.base && {
      snapshotUuid: disk.base.snapshotUuid,
      sizeBytes: sizeOfBase(disk),
      use: disk.base.use,
    };
  return exportFindings({
    inventory: connection.inventory(),
    facts: (uuid) => connection.diskFacts(uuid),
    disks: planned.map((disk) => ({
      diskUuid: disk.diskUuid,
      mode: disk.mode,
      ...(disk.base ? { base: baseOf(disk)! } : {}),
      ...(disk.estimatedBytes === undefined ? {} : { estimatedBytes: disk.estimatedBytes }),
    })),
    format,
    target,
  });
}

function diskOf({ disks }: Inventory, uuid: string): Disk {
  return (
    disks.find((disk) => disk.uuid === uuid) ??
    fail({
      code: 'object-gone',
      message: `The pool has no disk ${uuid}.`,
      nextStep: 'Refresh the pool and choose again.',
    })
  );
}

async function diskPlan(
  connection: PoolConnection,
  request: ExportRequest,
  disk: Disk,
  choice: ModeChoice,
  base: BaseSearch,
  earlier: LibraryDisk | undefined,
): Promise<DiskPlan> {
  const vm = vmOf(disk, connection.inventory().vms);
  const estimatedBytes = await estimate(connection, disk, choice, base);
  return {
    diskUuid: disk.uuid,
    diskName: disk.name,
    sizeBytes: disk.sizeBytes,
    mode: choice.mode,
    reason: choice.reason,
    ...(choice.incremental && base.found ? { base: planBase(base.entry) } : {}),
    ...(estimatedBytes === undefined ? {} : { estimatedBytes }),
    targetFolder: folderOf(request.targetFolder, disk, vm, earlier),
  };
}

const planBase = ({ manifestPath, manifest }: LibraryEntry): NonNullable<DiskPlan['base']> => ({
  manifestPath,
  snapshotUuid: manifest.snapshot.uuid,
  takenAt: manifest.snapshot.takenAt,
  imagePath: join(dirname(manifestPath), manifest.image.file),
  ...(manifest.use ? { use: manifest.use } : {}),
  ...(manifest.snapshot.contentId === undefined ? {} : { contentId: manifest.snapshot.contentId }),
});

/**
 * Bytes that will be read, as far as it can be known before the snapshot: for an increment what changed up to the
 * newest existing snapshot. The pool's refusal to answer is no obstacle here: the export itself asks again.
 */
async function estimate(
  connection: PoolConnection,
  disk: Disk,
  choice: ModeChoice,
  base: BaseSearch,
): Promise<number | undefined> {
  if (!choice.incremental) return disk.sizeBytes;
  const newest = disk.snapshotUuids.at(-1);
  if (choice.mode !== 'cbt' || !base.found || newest === undefined || newest === base.snapshot.uuid)
    return undefined;
  const changed = await changedBlocks(connection, base.snapshot.uuid, newest, disk.sizeBytes, {
    patience: 0,
  });
  if (!changed.ok) return undefined;
  const bytes = changed.value.changedBytes();
  giveBack(changed.value.bytes);
  return bytes;
}

function badTarget(folder: string): never {
  fail({
    code: 'bad-target',
    message: `The target folder "${folder}" is not an absolute path.`,
    nextStep: 'Give the whole path of the folder.',
  });
}
