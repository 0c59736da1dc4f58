import { z } from 'zod';
import { MOST_DISK_BYTES } from '../../../shared/blocks/disk-size';
import { fail, type Failure } from '../../../shared/model/failure';
import { unwrap } from '../../../shared/model/result';
import {
  CREATED_MARK,
  isUnfinished,
  JOB_MARK,
  SELF_MARK,
  UNFINISHED_MARK,
  type PoolConnection,
  type UnprovedObject,
} from '../xapi';
import { ask, askAsTask, referenceIfAny, run, runAsTask } from './calls';
import { contradiction } from './contradiction';
import { holdersOf } from './held-disks';
import { poolTime } from './pool-time';
import { setMark } from './marking';
import { whileBusy, type Patience } from './while-busy';

export interface NewDisk {
  readonly uuid: string;
  readonly ref: string;
  /** What the storage made of the wish: it may round up. */
  readonly sizeBytes: number;
  /** The storage keeps it raw, without a format that tells what is allocated. */
  readonly isRaw: boolean;
}

export interface NewDiskWish {
  readonly jobId: string;
  readonly storageUuid: string;
  readonly name: string;
  readonly description: string;
  readonly sizeBytes: number;
  readonly signal: AbortSignal;
}

const record = z.object({
  uuid: z.string(),
  virtual_size: z.coerce.number().max(MOST_DISK_BYTES),
  VBDs: z.array(z.string()),
  other_config: z.record(z.string(), z.string()),
  sm_config: z.record(z.string(), z.string()),
});

/**
 * Makes a new, empty disk that carries our mark until {@link completeDisk}. The mark is part of its making, so that it
 * can be found whatever happens next; its own uuid, which tells it from copies of it, comes a moment later.
 * @throws FailureError `storage-full` and others of the pool; `pool-contradicts-itself`
 */
export async function createUnfinished(
  connection: PoolConnection,
  { jobId, storageUuid, name, description, sizeBytes, signal }: NewDiskWish,
): Promise<NewDisk> {
  const storage = await askReference(connection, storageUuid);
  const marks = {
    [UNFINISHED_MARK]: 'restore',
    [JOB_MARK]: jobId,
    // Who cleans up elsewhere goes by the pool's clock as well.
    [CREATED_MARK]: new Date(Math.max(Date.now(), await poolTime(connection))).toISOString(),
  };
  const wish = {
    name_label: name,
    name_description: description,
    SR: storage,
    virtual_size: sizeBytes,
    type: 'user',
    sharable: false,
    read_only: false,
    other_config: marks,
    xenstore_data: {},
    sm_config: {},
    tags: [],
  };
  const ref = await askAsTask(connection, z.string(), 'VDI.create', [wish], { signal, creates: true });
  const made = await ask(connection, record, 'VDI.get_record', ref);
  // It is written over: it must be the new one.
  const isNew = Object.entries(marks).every(([key, value]) => made.other_config[key] === value);
  if (!isNew || SELF_MARK in made.other_config || made.VBDs.length > 0)
    fail(contradiction(`VDI ${made.uuid}`));
  await setMark(connection, 'VDI', ref, SELF_MARK, made.uuid);
  return {
    uuid: made.uuid,
    ref,
    sizeBytes: made.virtual_size,
    isRaw: made.sm_config['type'] === 'raw' || made.sm_config['vdi_type'] === 'aio',
  };
}

/**
 * The disk is whole: it is the admin's from now on, and nothing of ours any more. The mark by which it would be removed
 * goes first: what remains when an answer is lost does no harm.
 */
export async function completeDisk(connection: PoolConnection, { ref }: Pick<NewDisk, 'ref'>): Promise<void> {
  for (const key of [UNFINISHED_MARK, JOB_MARK, CREATED_MARK, SELF_MARK])
    await run(connection, 'VDI.remove_from_other_config', ref, key);
}

/** The same, of a disk whose marks have come back; nothing happens if it is gone. */
export async function takeMarksOff(connection: PoolConnection, uuid: string): Promise<void> {
  const ref = await referenceIfAny(connection, 'VDI', uuid);
  if (ref !== undefined) await completeDisk(connection, { ref });
}

/**
 * Removes a disk that is not whole; nothing happens if it is gone. Waits until the host has let go of it.
 * @throws FailureError `not-ours` for any other disk, `held-by-vm` for one that was given to a VM
 */
export async function destroyUnfinished(
  connection: PoolConnection,
  uuid: string,
  patient: Patience,
): Promise<void> {
  await whileBusy(patient, async () => {
    const ref = await referenceIfAny(connection, 'VDI', uuid);
    if (ref === undefined) return;
    // Each time: meanwhile its restore may have come to a good end, or somebody may have taken it.
    await requireUnfinished(connection, ref);
    await runAsTask(connection, 'VDI.destroy', ref);
  });
}

/**
 * Removes what a {@link createUnfinished} that failed may have made: it was born with the job's mark. While nothing has
 * that mark but a single disk that lacks its own uuid, it is that disk.
 * @returns how many disks there were. @throws FailureError `disk-not-proved` when somebody copied it meanwhile
 */
export async function destroyUnfinishedOf(
  connection: PoolConnection,
  jobId: string,
  patient: Patience,
): Promise<number> {
  unwrap(await connection.refresh());
  const made = connection
    .ourObjects()
    .filter((object) => object.kind === 'unfinished-disk' && object.jobId === jobId);
  const disks = made.length > 0 ? made : await proveUnmarked(connection, jobId);
  for (const { uuid } of disks) await destroyUnfinished(connection, uuid, patient);
  return disks.length;
}

/** Writes its uuid down on the disk that did not get it any more. */
async function proveUnmarked(connection: PoolConnection, jobId: string): Promise<UnprovedObject[]> {
  const found = connection
    .unprovedObjects()
    .filter(({ kind, jobIdStart }) => kind === 'unfinished-disk' && jobIdStart === jobId);
  if (found.length > 1) fail(copied(found.length));
  for (const { uuid } of found) {
    const ref = await referenceIfAny(connection, 'VDI', uuid);
    if (ref !== undefined) await setMark(connection, 'VDI', ref, SELF_MARK, uuid);
  }
  return found;
}

const foundSchema = z.object({
  uuid: z.string(),
  is_a_snapshot: z.boolean(),
  VBDs: z.array(z.string()),
  other_config: z.record(z.string(), z.string()),
});

/**
 * What a fresh list of leftovers would hold, and nothing is attached to, as the pool says right now.
 * @throws FailureError `not-ours`, `held-by-vm`, `disk-in-use`
 */
async function requireUnfinished(connection: PoolConnection, ref: string): Promise<void> {
  const disk = await ask(connection, foundSchema, 'VDI.get_record', ref);
  if (disk.is_a_snapshot || !isUnfinished(disk)) fail(notUnfinished(disk.uuid));
  // Also a halted one's: the pool itself would not refuse.
  const [holder] = await holdersOf(connection, disk.VBDs);
  if (holder !== undefined)
    fail(heldByVm(disk.uuid, await ask(connection, z.string(), 'VM.get_name_label', holder)));
  // A control domain that reads it for somebody lets go of it, and takes its VBD away.
  if (disk.VBDs.length > 0) fail(stillAttached(disk.uuid));
}

const notUnfinished = (uuid: string): Failure => ({
  code: 'not-ours',
  message: 'This disk is no unfinished one of Deltascope, so it is not removed.',
  nextStep: 'Remove it by hand if that is what you want.',
  details: `VDI ${uuid}`,
});

const copied = (count: number): Failure => ({
  code: 'disk-not-proved',
  message: `${count} disks carry the mark of this restore; which one it made cannot be told, so none was removed.`,
  nextStep: 'Look at what "deltascope leftovers" or Problems name, and remove the unfinished one by hand.',
});

const stillAttached = (uuid: string): Failure => ({
  code: 'disk-in-use',
  message: 'The disk is still attached to a control domain, so it is not removed.',
  nextStep: 'Wait until whatever reads it has ended, then list the leftovers again.',
  details: `VDI ${uuid}`,
});

const heldByVm = (uuid: string, vmName: string): Failure => ({
  code: 'held-by-vm',
  message: `Somebody gave this disk to the VM “${vmName}”: it is theirs now, and is not removed.`,
  nextStep: `If it is not wanted, detach it from the VM and list the leftovers again. If it is, take the mark off on a host: xe vdi-param-remove uuid=${uuid} param-name=other-config param-key=${UNFINISHED_MARK}`,
  details: `VDI ${uuid}`,
});

const askReference = (connection: PoolConnection, uuid: string): Promise<string> =>
  ask(connection, z.string(), 'SR.get_by_uuid', uuid);
