import { z } from 'zod';
import { isOurs, TAKING_MARK, type PoolConnection } from '../xapi';
import { ask, referenceIfAny, run } from './calls';

const diskSchema = z.object({
  uuid: z.string(),
  is_a_snapshot: z.boolean(),
  snapshots: z.array(z.string()),
  other_config: z.record(z.string(), z.string()),
});

/**
 * Takes the mark that snapshots are born with off their disks, and finds those that were born with it and never got marks
 * of their own. Nothing proves that they are ours: whoever snapshots the disk in that moment gets the mark as well, and
 * the pool keeps no task of `VDI.snapshot` that would tell what a call of ours returned. So they are never touched.
 * @returns their uuids, for the admin to judge.
 */
export async function findDiskOrphans(
  connection: PoolConnection,
  name: string,
  diskUuids: readonly string[],
): Promise<string[]> {
  const found: string[] = [];
  for (const diskUuid of diskUuids) {
    const ref = await referenceIfAny(connection, 'VDI', diskUuid);
    if (ref === undefined) continue;
    const disk = await ask(connection, diskSchema, 'VDI.get_record', ref);
    for (const snapshotRef of disk.snapshots) {
      const snapshot = await ask(connection, diskSchema, 'VDI.get_record', snapshotRef);
      if (snapshot.is_a_snapshot && snapshot.other_config[TAKING_MARK] === name && !isOurs(snapshot))
        found.push(snapshot.uuid);
    }
    if (disk.other_config[TAKING_MARK] === name)
      await run(connection, 'VDI.remove_from_other_config', ref, TAKING_MARK);
  }
  return found;
}
