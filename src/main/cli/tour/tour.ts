import { join } from 'node:path';
import type { Manifest } from '../../../shared/model/manifest';
import type { Disk, Vm } from '../../../shared/model/inventory';
import { fail } from '../../../shared/model/failure';
import { unwrap } from '../../../shared/model/result';
import { changedBlocks, finishSnapshot, setCbtEnabled, snapshotVm } from '../../engine/cbt';
import { readManifest } from '../../engine/export/files/manifest-file';
import { planExport } from '../../engine/export/plan/plan-export';
import { openImage } from '../../engine/image/index';
import { verifyExport } from '../../engine/library/verify/verify';
import type { PoolConnection } from '../../engine/xapi';
import type { CliContext } from '../context';
import { describeChanges } from '../describe-changes';
import { runJob } from '../run-job';
import { formatBytes, formatDuration } from '../terminal/units';
import { dumpDisk, letGuestWork } from './demo-control';
import type { Narrator } from './narrator';
import { withTruthFolder } from './truth-folder';

/** The VM of the story: it has changed block tracking still to be switched on. */
const VM_NAME = 'mail-01';

/** The whole main job on a pool, told step by step. Returns whether both exports were proved right. */
export async function tellTour(
  pool: PoolConnection,
  folder: string,
  narrator: Narrator,
  context: CliContext,
): Promise<boolean> {
  const { vm, disk } = chooseDisk(pool);
  await switchTrackingOn(pool, vm, disk, narrator);

  narrator.chapter('A full export');
  narrator.say(
    `Deltascope snapshots ${vm.name}, reads the blocks in use over NBD with TLS, pinned to the host's certificate, ` +
      'and afterwards reduces the snapshot to its change metadata: the pool keeps no data for us.',
  );
  const full = await exportDisk(pool, disk, folder, context);
  tellExport(full.manifest, narrator);
  const fullIsRight = await prove(pool, disk, full.path, narrator);

  narrator.chapter('Life goes on');
  const written = await letGuestWork(pool, vm.uuid);
  narrator.say(
    `The guest of ${vm.name} wrote ${formatBytes(written)}: mail arrived, logs grew, files were updated.`,
  );
  const expectedBytes = await showChanges(pool, vm, disk, full.manifest.snapshot.uuid, narrator, context);

  narrator.chapter('Exactly those blocks');
  const increment = await exportDisk(pool, disk, folder, context);
  tellExport(increment.manifest, narrator);
  const exact = increment.manifest.mode === 'cbt' && increment.manifest.bytes.read === expectedBytes;
  narrator.verdict(
    exact,
    `Read over NBD: ${increment.manifest.bytes.read} bytes. Changed on the disk: ${expectedBytes} bytes.`,
  );
  const incrementIsRight = await prove(pool, disk, increment.path, narrator);

  const tidy = await lookBack(pool, increment.manifest.snapshot.uuid, narrator);
  return fullIsRight && exact && incrementIsRight && tidy;
}

function chooseDisk(pool: PoolConnection): { vm: Vm; disk: Disk } {
  const { vms, disks } = pool.inventory();
  const vm = vms.find(({ name }) => name === VM_NAME);
  const disk = disks.find(({ uuid }) => uuid === vm?.diskUuids[0]);
  if (vm && disk) return { vm, disk };
  return fail({
    code: 'demo-vm-missing',
    message: `The demo pool has no VM ${VM_NAME}.`,
    nextStep: 'Report this: the demo pool and the tour do not fit together.',
  });
}

async function switchTrackingOn(pool: PoolConnection, vm: Vm, disk: Disk, narrator: Narrator): Promise<void> {
  narrator.chapter('Changed block tracking');
  narrator.say(
    `Tracking is off on "${disk.name}" (${formatBytes(disk.sizeBytes)}) of ${vm.name}. Switching it on.`,
  );
  const [change] = await setCbtEnabled(pool, [disk.uuid], true);
  unwrap(change.result);
  unwrap(await pool.refresh());
  const now = pool.inventory().disks.find(({ uuid }) => uuid === disk.uuid);
  narrator.verdict(
    now?.cbtEnabled ?? false,
    'From now on the storage notes every 64 KiB block that is written.',
  );
}

interface Exported {
  readonly path: string;
  readonly manifest: Manifest;
}

async function exportDisk(
  pool: PoolConnection,
  disk: Disk,
  targetFolder: string,
  context: CliContext,
): Promise<Exported> {
  const plan = unwrap(
    await planExport(pool, {
      poolId: pool.poolUuid,
      diskUuids: [disk.uuid],
      targetFolder,
      format: 'qcow2',
      mode: 'auto',
      base: 'auto',
      after: 'purge',
      skipUnchanged: true,
    }),
  );
  const job = await runJob(plan, pool, context, { json: false, quiet: true });
  const path = job.disks[0].outcome?.manifestPath;
  if (path === undefined) {
    return fail(
      job.failure ??
        job.disks[0].outcome?.failure ?? {
          code: 'cancelled',
          message: 'The tour was cancelled.',
          nextStep: 'Start it again when you like.',
        },
    );
  }
  return { path, manifest: unwrap(await readManifest(path)) };
}

function tellExport({ mode, reason, bytes, timings, image, sizeBytes }: Manifest, narrator: Narrator): void {
  narrator.fact('mode', mode);
  narrator.fact('why', reason);
  narrator.fact('disk', formatBytes(sizeBytes));
  narrator.fact('read over NBD', formatBytes(bytes.read));
  narrator.fact('stored', `${formatBytes(bytes.written)}; ${formatBytes(bytes.zero)} were zeros`);
  if (bytes.equal > 0)
    narrator.fact('left out', `${formatBytes(bytes.equal)}: touched, but with the old content`);
  narrator.fact('took', formatDuration(timings.copySeconds));
  narrator.fact('image', `${image.file}, ${formatBytes(image.fileBytes)}`);
}

/** Every checksum of the chain, and then every byte against what the pool itself says the disk holds. */
async function prove(
  pool: PoolConnection,
  disk: Disk,
  manifestPath: string,
  narrator: Narrator,
): Promise<boolean> {
  return withTruthFolder(async (folder) => {
    const truthPath = join(folder, 'disk.raw');
    await dumpDisk(pool, disk.uuid, truthPath);
    return compareWithTruth(truthPath, disk, manifestPath, narrator);
  });
}

async function compareWithTruth(
  truthPath: string,
  disk: Disk,
  manifestPath: string,
  narrator: Narrator,
): Promise<boolean> {
  const truth = await openImage(truthPath, { format: 'raw' });
  try {
    const report = unwrap(
      await verifyExport(manifestPath, { chain: true, againstSource: { source: truth, blocks: 'all' } }),
    );
    const images = report.images.length === 1 ? 'the image' : `the chain of ${report.images.length} images`;
    narrator.verdict(
      report.sound,
      `Verified: ${images} against its checksums, then all ${formatBytes(disk.sizeBytes)} byte for byte against the disk's true content.`,
    );
    for (const fault of report.faults) narrator.say(fault.message);
    return report.sound;
  } finally {
    await truth.close();
  }
}

/** A second snapshot tells what changed; it is removed again, since the export takes its own. */
async function showChanges(
  pool: PoolConnection,
  vm: Vm,
  disk: Disk,
  baseUuid: string,
  narrator: Narrator,
  { io }: CliContext,
): Promise<number> {
  const taken = unwrap(
    await snapshotVm(pool, {
      vmUuid: vm.uuid,
      diskUuids: [disk.uuid],
      jobId: 'tour',
      name: 'Deltascope tour',
    }),
  );
  const [{ snapshotUuid, sizeBytes }] = taken.disks;
  const changed = unwrap(await changedBlocks(pool, baseUuid, snapshotUuid, sizeBytes));
  narrator.say('A second snapshot, and the storage names the blocks that changed since the first:');
  narrator.picture(describeChanges(changed, io));
  const { vmSnapshotUuid } = taken;
  unwrap(
    await finishSnapshot(
      pool,
      { snapshotUuids: [snapshotUuid], ...(vmSnapshotUuid === undefined ? {} : { vmSnapshotUuid }) },
      'remove',
    ),
  );
  return changed.changedBytes();
}

async function lookBack(
  pool: PoolConnection,
  lastSnapshotUuid: string,
  narrator: Narrator,
): Promise<boolean> {
  narrator.chapter('What is left on the pool');
  unwrap(await pool.refresh());
  const ours = pool.ourObjects();
  const snapshot = pool.inventory().snapshots.find(({ uuid }) => uuid === lastSnapshotUuid);
  const tidy = ours.length === 1 && ours[0].uuid === lastSnapshotUuid && snapshot?.hasData === false;
  narrator.verdict(
    tidy,
    tidy
      ? 'One snapshot reduced to change metadata, the base of the next increment. No data, no VM snapshot, no attachment.'
      : `${ours.length} objects of ours: ${ours.map(({ kind, name }) => `${kind} ${name}`).join(', ')}.`,
  );
  return tidy;
}
