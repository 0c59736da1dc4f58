import { z } from 'zod';
import { MOST_DISK_BYTES } from '../../../shared/blocks/disk-size';
import { fail, FailureError, toFailure, type Failure } from '../../../shared/model/failure';
import { attempt, type Result } from '../../../shared/model/result';
import { cancelled, systemClock, TAKING_MARK, type Clock, type PoolConnection } from '../xapi';
import { ask, askAsTask, reference, run, runAsTask } from './calls';
import { markHeldDisks, provedDisks } from './held-disks';
import { contentIdOf } from './content-id';
import { certainReference, contradiction } from './contradiction';
import { mark, setMark, type Mark } from './marking';
import { NOT_ASKED_FOR, uuidOfNew } from './new-snapshot';
import { persistently } from './persistently';
import { enableWherePossible, isTracked } from './tracking';
import { whileBusy, type Patience } from './while-busy';

export interface DiskSnapshot {
  readonly diskUuid: string;
  readonly snapshotUuid: string;
  readonly sizeBytes: number;
  /** The change log covers it: CBT was on when it was taken. */
  readonly cbtEnabled: boolean;
  /** The pool’s name of what it held when it had just been taken; absent: the pool does not say. */
  readonly contentId?: string | undefined;
}

export interface TakenSnapshot {
  readonly jobId: string;
  /** Absent when a single disk was snapshotted without its VM. */
  readonly vmSnapshotUuid?: string;
  readonly disks: readonly DiskSnapshot[];
  /** Snapshots of disks nobody asked for: older pools cannot leave disks out. Removed when the snapshot is finished. */
  readonly extraSnapshotUuids: readonly string[];
  /** Disks whose tracking should have been switched on, and why it could not. */
  readonly cbtFailures: readonly { readonly diskUuid: string; readonly failure: Failure }[];
}

interface CommonRequest {
  readonly jobId: string;
  /** Shown on the pool. */
  readonly name: string;
  /** Switch tracking on first, where the storage can. */
  readonly enableCbt?: boolean;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** Milliseconds to wait while something else is done with the VM or its disks. Two minutes when absent. */
  readonly patience?: number;
  /** Told of each failure that is waited out. */
  readonly onWait?: (failure: Failure) => void;
}

export interface VmSnapshotRequest extends CommonRequest {
  readonly vmUuid: string;
  /** All of the VM's disks when absent. */
  readonly diskUuids?: readonly string[];
}

export interface DiskSnapshotRequest extends CommonRequest {
  readonly diskUuid: string;
}

/**
 * Snapshots a VM's disks together. Everything created is marked as ours; if marking fails it is removed again, so that
 * nothing unmarked stays behind.
 */
export const snapshotVm = (
  connection: PoolConnection,
  request: VmSnapshotRequest,
): Promise<Result<TakenSnapshot>> =>
  attempt(async () => {
    const vm = connection.inventory().vms.find(({ uuid }) => uuid === request.vmUuid);
    if (!vm) return fail(vmGone);
    const wanted = request.diskUuids ?? vm.diskUuids;
    const patient = patienceOf(request);
    const cbtFailures = request.enableCbt ? await enableWherePossible(connection, wanted, patient) : [];
    const ignored = vm.diskUuids.filter((uuid) => !wanted.includes(uuid));
    const vmRef = await certainReference(connection, 'VM', request.vmUuid);
    // A VM is snapshotted once at a time, and refused at once while others do.
    const snapshotRef = await whileBusy(patient, () => takeVmSnapshot(connection, request, vmRef, ignored));
    const what = markOf(request);
    return undoOnFailure(connection, 'VM', snapshotRef, what, async () => {
      const uuid = await uuidOfNew(connection, snapshotRef, { kind: 'VM', of: vmRef, name: request.name });
      // Before its disks: they are found through it, but not it through them.
      await mark(connection, 'VM', snapshotRef, uuid, what);
      const found = await disksOfSnapshot(connection, snapshotRef);
      for (const disk of found) await mark(connection, 'VDI', disk.ref, disk.snapshotUuid, what);
      if (request.signal?.aborted) fail(cancelled);
      return {
        jobId: request.jobId,
        vmSnapshotUuid: uuid,
        disks: found.filter((disk) => wanted.includes(disk.diskUuid)).map(withoutRef),
        extraSnapshotUuids: found
          .filter((disk) => !wanted.includes(disk.diskUuid))
          .map((disk) => disk.snapshotUuid),
        cbtFailures,
      };
    });
  });

/** Snapshots one disk by itself, for a disk that no VM holds. */
export const snapshotDisk = (
  connection: PoolConnection,
  request: DiskSnapshotRequest,
): Promise<Result<TakenSnapshot>> =>
  attempt(async () => {
    const { diskUuid, jobId, name } = request;
    const cbtFailures = request.enableCbt
      ? await enableWherePossible(connection, [diskUuid], patienceOf(request))
      : [];
    const diskRef = await certainReference(connection, 'VDI', diskUuid);
    const ref = await takeDiskSnapshot(connection, diskRef, request);
    const what = markOf(request);
    return undoOnFailure(connection, 'VDI', ref, what, async () => {
      await run(connection, 'VDI.remove_from_other_config', diskRef, TAKING_MARK);
      const uuid = await uuidOfNew(connection, ref, { kind: 'VDI', of: diskRef, name });
      await mark(connection, 'VDI', ref, uuid, what);
      await run(connection, 'VDI.remove_from_other_config', ref, TAKING_MARK);
      await run(connection, 'VDI.set_name_label', ref, name);
      const disk = await describe(connection, ref, uuid, diskUuid);
      return { jobId, disks: [disk], extraSnapshotUuids: [], cbtFailures };
    });
  });

/**
 * `VDI.snapshot` takes neither name nor marks, but copies those of its disk. Source: xen-api ocaml/xapi/xapi_vdi.ml.
 * Snapshots of others would be born with the mark, too, so it is on the disk no longer than the call takes.
 */
const takeDiskSnapshot = (
  connection: PoolConnection,
  diskRef: string,
  request: DiskSnapshotRequest,
): Promise<string> =>
  whileBusy(patienceOf(request), async () => {
    await setMark(connection, 'VDI', diskRef, TAKING_MARK, request.name);
    try {
      return await ask(connection, z.string(), 'VDI.snapshot', diskRef, {});
    } catch (error) {
      await run(connection, 'VDI.remove_from_other_config', diskRef, TAKING_MARK);
      throw error;
    }
  });

const vmGone: Failure = {
  code: 'object-gone',
  message: 'The VM no longer exists on the pool.',
  nextStep: 'Refresh the pool and choose again.',
};

const patienceOf = ({
  clock = systemClock,
  patience = 120_000,
  signal,
  onWait,
}: CommonRequest): Patience => ({
  clock,
  patience,
  ...(signal ? { signal } : {}),
  ...(onWait ? { onWait } : {}),
});

const markOf = ({ jobId, clock = systemClock }: CommonRequest): Mark => ({ jobId, createdAt: clock.now() });

async function takeVmSnapshot(
  connection: PoolConnection,
  { name, signal }: VmSnapshotRequest,
  vmRef: string,
  ignored: readonly string[],
): Promise<string> {
  const options = { creates: true, ...(signal ? { signal } : {}) };
  const method = 'VM.snapshot';
  if (ignored.length === 0) return askAsTask(connection, z.string(), method, [vmRef, name], options);
  const refs = await Promise.all(ignored.map((uuid) => reference(connection, 'VDI', uuid)));
  try {
    return await askAsTask(connection, z.string(), method, [vmRef, name, refs], options);
  } catch (error) {
    // `ignore_vdis` came with XAPI 21.4. Source: xen-api ocaml/idl/datamodel_vm.ml.
    const isOld = error instanceof FailureError && error.failure.code === 'parameters-unsupported';
    if (!isOld) throw error;
    return askAsTask(connection, z.string(), method, [vmRef, name], options);
  }
}

type FoundSnapshot = DiskSnapshot & { readonly ref: string };

const withoutRef = ({
  diskUuid,
  snapshotUuid,
  sizeBytes,
  cbtEnabled,
  contentId,
}: FoundSnapshot): DiskSnapshot => ({ diskUuid, snapshotUuid, sizeBytes, cbtEnabled, contentId });

async function disksOfSnapshot(connection: PoolConnection, vmRef: string): Promise<FoundSnapshot[]> {
  const found: FoundSnapshot[] = [];
  for (const { ref, uuid, isMarked, snapshotOf } of await provedDisks(connection, vmRef)) {
    // Nothing has marked those of a new snapshot yet: somebody attached it.
    if (isMarked) continue;
    const parent = await ask(connection, z.string(), 'VDI.get_snapshot_of', ref);
    if (parent !== snapshotOf) fail(contradiction(`VDI ${uuid}`));
    const diskUuid = await ask(connection, z.string(), 'VDI.get_uuid', parent);
    found.push(await describe(connection, ref, uuid, diskUuid));
  }
  return found;
}

const sizeSchema = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .pipe(z.number().max(MOST_DISK_BYTES));

const describe = async (
  connection: PoolConnection,
  ref: string,
  snapshotUuid: string,
  diskUuid: string,
): Promise<FoundSnapshot> => ({
  ref,
  diskUuid,
  snapshotUuid,
  sizeBytes: await ask(connection, sizeSchema, 'VDI.get_virtual_size', ref),
  cbtEnabled: await isTracked(connection, ref),
  contentId: await contentIdOf(connection, ref, diskUuid),
});

/**
 * Runs `work` on a new snapshot; if it fails, the snapshot and its disks are removed before the failure goes on, unless it
 * turned out to be something else.
 */
async function undoOnFailure<T>(
  connection: PoolConnection,
  name: 'VM' | 'VDI',
  ref: string,
  what: Mark,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (toFailure(error).code === NOT_ASKED_FOR) throw error;
    const undone = await attempt(() => undo(connection, name, ref, what));
    if (undone.ok) throw error;
    fail(leftBehind(undone.failure), error);
  }
}

/** Some of it may be gone after a lost answer. */
async function undo(connection: PoolConnection, name: 'VM' | 'VDI', ref: string, what: Mark): Promise<void> {
  const held = name === 'VM' ? await persistently(() => provedDisks(connection, ref)) : [];
  // Another export's was attached by somebody.
  const disks = held.filter(({ jobId }) => jobId === undefined || jobId === what.jobId);
  // We may end in between. Where marking is what failed, the disks go all the same.
  if (name === 'VM') await attempt(() => markHeldDisks(connection, ref, what));
  await destroy(connection, name, ref);
  for (const disk of disks) await destroy(connection, 'VDI', disk.ref);
}

const destroy = (connection: PoolConnection, name: 'VM' | 'VDI', ref: string): Promise<void> =>
  persistently(async () => {
    const done = await attempt(() => runAsTask(connection, `${name}.destroy`, ref));
    if (!done.ok && done.failure.code !== 'object-gone') throw new FailureError(done.failure);
  });

const leftBehind = (failure: Failure): Failure => ({
  code: 'snapshot-left-behind',
  message: 'A snapshot was taken but could neither be used nor removed again.',
  nextStep: 'Remove the newest Deltascope snapshot of this VM by hand.',
  details: failure.details ?? failure.message,
});
