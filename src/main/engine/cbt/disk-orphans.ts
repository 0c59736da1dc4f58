import { z } from 'zod';
import { unwrap } from '../../../shared/model/result';
import { TAKING_MARK, type PoolConnection } from '../xapi';
import { ask, referenceIfAny, run } from './calls';
import { finishSnapshot } from './finish';
import { mark } from './marking';

const configSchema = z.record(z.string(), z.string());
const diskSchema = z.object({
  uuid: z.string(),
  name_label: z.string(),
  is_a_snapshot: z.boolean(),
  snapshots: z.array(z.string()),
  other_config: configSchema,
});
type Disk = z.infer<typeof diskSchema>;

/**
 * Removes snapshots that were born with a job's mark, copied from their disk, and takes the mark off the disk.
 * Somebody else's snapshot of the same disk in the same moment would be born with it as well: one that its maker has
 * marked or named since is left alone, and of several none is touched.
 * @returns how many were removed.
 */
export async function removeDiskOrphans(
  connection: PoolConnection,
  jobId: string,
  name: string,
  diskUuids: readonly string[],
): Promise<number> {
  let removed = 0;
  for (const diskUuid of diskUuids) {
    const ref = await referenceIfAny(connection, 'VDI', diskUuid);
    if (ref === undefined) continue;
    const disk = await ask(connection, diskSchema, 'VDI.get_record', ref);
    const born: { ref: string; uuid: string }[] = [];
    for (const snapshotRef of disk.snapshots) {
      const snapshot = await ask(connection, diskSchema, 'VDI.get_record', snapshotRef);
      if (isUntouched(snapshot, disk, name)) born.push({ ref: snapshotRef, uuid: snapshot.uuid });
    }
    const [only] = born;
    if (only && born.length === 1) {
      await mark(connection, 'VDI', only.ref, only.uuid, { jobId, createdAt: new Date() });
      const ended = await finishSnapshot(connection, { snapshotUuids: [only.uuid] }, 'remove');
      for (const { result } of unwrap(ended)) unwrap(result);
      removed++;
    }
    if (disk.other_config[TAKING_MARK] === name)
      await run(connection, 'VDI.remove_from_other_config', ref, TAKING_MARK);
  }
  return removed;
}

/** As `VDI.snapshot` left it, apart from marks that we may have begun to set. */
function isUntouched(snapshot: Disk, disk: Disk, name: string): boolean {
  const foreign = Object.keys(snapshot.other_config).filter(
    (key) => !(key in disk.other_config) && !key.startsWith('deltascope:') && key !== 'content_id',
  );
  return (
    snapshot.is_a_snapshot &&
    snapshot.other_config[TAKING_MARK] === name &&
    snapshot.name_label === disk.name_label &&
    foreign.length === 0
  );
}
