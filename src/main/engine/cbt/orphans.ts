import { z } from 'zod';
import { attempt, unwrap, type Result } from '../../../shared/model/result';
import type { PoolConnection } from '../xapi';
import { ask } from './calls';
import { findDiskOrphans } from './disk-orphans';
import { cleanLeftovers, leftovers } from './leftovers';
import { carriesOurMark, mark } from './marking';
import { persistently } from './persistently';

const vmSchema = z.object({ uuid: z.string(), is_a_snapshot: z.boolean(), name_label: z.string() });

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
  wanted: WantedSnapshot,
  known: ReadonlySet<string>,
): Promise<Result<RemovedOrphans>> =>
  attempt(() =>
    persistently(async () => {
      const { name, vmUuid, diskUuids } = wanted;
      await markNamed(connection, jobId, name);
      const unproved = vmUuid === undefined ? await findDiskOrphans(connection, name, diskUuids) : [];
      const marked = unwrap(await leftovers(connection, { activeJobIds: new Set() })).filter(
        ({ jobId: of, kind, uuid }) =>
          of === jobId && kind !== 'attachment' && kind !== 'task' && !known.has(uuid),
      );
      for (const { result } of await cleanLeftovers(connection, marked)) unwrap(result);
      return { removed: marked.length, unproved };
    }),
  );

async function markNamed(connection: PoolConnection, jobId: string, name: string): Promise<void> {
  for (const ref of await ask(connection, z.array(z.string()), 'VM.get_by_name_label', name)) {
    const vm = await ask(connection, vmSchema, 'VM.get_record', ref);
    if (!vm.is_a_snapshot || vm.name_label !== name) continue;
    // Not again: while its mark is replaced it has none.
    if (await carriesOurMark(connection, 'VM', ref, vm.uuid)) continue;
    await mark(connection, 'VM', ref, vm.uuid, { jobId, createdAt: new Date() });
  }
}
