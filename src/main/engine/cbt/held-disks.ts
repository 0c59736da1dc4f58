import { z } from 'zod';
import { fail, FailureError, type Failure } from '../../../shared/model/failure';
import { isOurs, JOB_MARK, type PoolConnection } from '../xapi';
import { ask } from './calls';
import { contradiction } from './contradiction';
import { mark, type Mark } from './marking';

export interface HeldDisk {
  readonly uuid: string;
  readonly ref: string;
}

const vbdSchema = z.object({ VM: z.string(), VDI: z.string(), type: z.string(), empty: z.boolean() });

/**
 * The disks that a VM snapshot holds: normally the snapshots that were taken with it.
 * @throws FailureError `pool-contradicts-itself`
 */
export async function heldDisks(connection: PoolConnection, vmRef: string): Promise<HeldDisk[]> {
  const held: HeldDisk[] = [];
  for (const vbdRef of await ask(connection, z.array(z.string()), 'VM.get_VBDs', vmRef)) {
    const { VM, VDI: ref, type, empty } = await ask(connection, vbdSchema, 'VBD.get_record', vbdRef);
    if (VM !== vmRef) fail(contradiction(`VBD ${vbdRef}`));
    if (type === 'Disk' && !empty)
      held.push({ ref, uuid: await ask(connection, z.string(), 'VDI.get_uuid', ref) });
  }
  return held;
}

const diskSchema = z.object({
  uuid: z.string(),
  is_a_snapshot: z.boolean(),
  snapshot_of: z.string(),
  VBDs: z.array(z.string()),
  other_config: z.record(z.string(), z.string()),
});

/**
 * Marks the disks' snapshots that a VM snapshot of ours holds and that carry no mark of their own yet: they were taken by
 * the same call. Once the VM snapshot is gone nothing else would tell whose they are, so this comes before it goes.
 * Disks that are no snapshots were attached by somebody else, and stay when the VM snapshot goes.
 * @returns those that had no mark. @throws FailureError `disk-not-proved`, before anything was marked
 */
export async function markHeldDisks(
  connection: PoolConnection,
  vmRef: string,
  what: Mark,
): Promise<HeldDisk[]> {
  const unmarked = (await provedDisks(connection, vmRef)).filter(({ isMarked }) => !isMarked);
  for (const { ref, uuid } of unmarked) await mark(connection, 'VDI', ref, uuid, what);
  return unmarked;
}

export interface ProvedDisk extends HeldDisk {
  readonly isMarked: boolean;
  readonly jobId: string | undefined;
  /** Reference of the disk. */
  readonly snapshotOf: string;
}

/**
 * The disks' snapshots that a VM snapshot of ours holds, each with the job whose mark it carries. One without a mark was
 * taken with the VM snapshot. @throws FailureError `disk-not-proved` when that cannot be
 */
export async function provedDisks(connection: PoolConnection, vmRef: string): Promise<ProvedDisk[]> {
  const proved: ProvedDisk[] = [];
  for (const held of await heldDisks(connection, vmRef)) {
    const disk = await ask(connection, diskSchema, 'VDI.get_record', held.ref);
    if (!disk.is_a_snapshot) continue;
    const isMarked = isOurs(disk);
    const isShared = (await holdersOf(connection, disk.VBDs)).length > 1;
    if (!isMarked && (isShared || (await isOfOtherVm(connection, vmRef, disk.snapshot_of))))
      fail(notProved(held.uuid));
    proved.push({
      ...held,
      isMarked,
      snapshotOf: disk.snapshot_of,
      jobId: isMarked ? disk.other_config[JOB_MARK] : undefined,
    });
  }
  return proved;
}

/** The disk it was taken of is another VM's: somebody attached it here. Of a disk that is gone nothing is known. */
async function isOfOtherVm(
  connection: PoolConnection,
  snapshotRef: string,
  diskRef: string,
): Promise<boolean> {
  const vmRef = await ask(connection, z.string(), 'VM.get_snapshot_of', snapshotRef);
  try {
    const holders = await holdersOf(
      connection,
      await ask(connection, z.array(z.string()), 'VDI.get_VBDs', diskRef),
    );
    return holders.length > 0 && !holders.includes(vmRef);
  } catch (error) {
    if (error instanceof FailureError && error.failure.code === 'object-gone') return false;
    throw error;
  }
}

/** The VMs that hold a disk. A control domain reads it for somebody, for a while: that says nothing of whose it is. */
export async function holdersOf(connection: PoolConnection, vbdRefs: readonly string[]): Promise<string[]> {
  const holders: string[] = [];
  for (const vbdRef of vbdRefs) {
    try {
      const vmRef = await ask(connection, z.string(), 'VBD.get_VM', vbdRef);
      if (!(await ask(connection, z.boolean(), 'VM.get_is_control_domain', vmRef))) holders.push(vmRef);
    } catch (error) {
      if (!(error instanceof FailureError) || error.failure.code !== 'object-gone') throw error;
    }
  }
  return holders;
}

const notProved = (uuid: string): Failure => ({
  code: 'disk-not-proved',
  message: `The VM snapshot holds snapshot ${uuid} of a disk, which somebody else uses or attached: nothing was removed.`,
  nextStep:
    'Look at the VM snapshot on the pool and detach from it what is somebody else’s. Then remove the leftovers again, or resume or cancel the export.',
});
