import { z } from 'zod';
import { attempt, unwrap, type Result } from '../../../shared/model/result';
import type { PoolConnection } from '../xapi';
import { ask } from './calls';
import { findDiskOrphans } from './disk-orphans';
import { finishSnapshot } from './finish';
import { cleanLeftovers, leftovers } from './leftovers';
import { mark } from './marking';

const vmSchema = z.object({ uuid: z.string(), is_a_snapshot: z.boolean(), name_label: z.string() });
const vbdSchema = z.object({ VDI: z.string(), type: z.string(), empty: z.boolean() });

/** What was about to be made. */
export interface WantedSnapshot {
  readonly name: string;
  /** Absent for disks that were to be snapshotted by themselves. */
  readonly vmUuid?: string | undefined;
  readonly diskUuids: readonly string[];
}

export interface RemovedOrphans {
  /** How many objects. */
  readonly removed: number;
  /** Snapshots of disks that may be the job's or somebody else's: left alone. */
  readonly unproved: readonly string[];
}

/**
 * Removes the snapshot of a job that ended before it wrote down what the pool made: whatever carries the job's mark, and
 * a VM snapshot that carries only the name, which was written down before and which no other snapshot has.
 * @param known snapshots of the job that were written down: they are still needed.
 */
export const removeOrphans = (
  connection: PoolConnection,
  jobId: string,
  { name: snapshotName, vmUuid, diskUuids }: WantedSnapshot,
  known: ReadonlySet<string>,
): Promise<Result<RemovedOrphans>> =>
  attempt(async () => {
    const refs = await ask(connection, z.array(z.string()), 'VM.get_by_name_label', snapshotName);
    const unproved = vmUuid === undefined ? await findDiskOrphans(connection, snapshotName, diskUuids) : [];
    let removed = 0;
    for (const ref of refs) {
      const vm = await ask(connection, vmSchema, 'VM.get_record', ref);
      if (!vm.is_a_snapshot || vm.name_label !== snapshotName) continue;
      const what = { jobId, createdAt: new Date() };
      await mark(connection, 'VM', ref, vm.uuid, what);
      const snapshotUuids: string[] = [];
      for (const vbdRef of await ask(connection, z.array(z.string()), 'VM.get_VBDs', ref)) {
        const vbd = await ask(connection, vbdSchema, 'VBD.get_record', vbdRef);
        if (vbd.type !== 'Disk' || vbd.empty) continue;
        const uuid = await ask(connection, z.string(), 'VDI.get_uuid', vbd.VDI);
        await mark(connection, 'VDI', vbd.VDI, uuid, what);
        snapshotUuids.push(uuid);
      }
      const ended = unwrap(
        await finishSnapshot(connection, { vmSnapshotUuid: vm.uuid, snapshotUuids }, 'remove'),
      );
      for (const { result } of ended) unwrap(result);
      removed += 1 + snapshotUuids.length;
    }
    const marked = unwrap(await leftovers(connection, { activeJobIds: new Set() })).filter(
      ({ jobId: of, kind, uuid }) =>
        of === jobId && kind !== 'attachment' && kind !== 'task' && !known.has(uuid),
    );
    for (const { result } of await cleanLeftovers(connection, marked)) unwrap(result);
    return { removed: removed + marked.length, unproved };
  });
