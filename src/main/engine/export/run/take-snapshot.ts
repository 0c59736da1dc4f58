import type { Failure } from '../../../../shared/model/failure';
import { attempt, unwrap } from '../../../../shared/model/result';
import { isAway, removeOrphans, type WantedSnapshot } from '../../cbt';
import { snapshotsIn } from './earlier-run';
import type { DiskGroup } from './groups';
import { leftAlone } from './left-alone';
import type { Run } from './run';
import { GroupSnapshot } from './snapshots';

export type Taken =
  | { readonly ok: true; readonly value: GroupSnapshot }
  | {
      readonly ok: false;
      readonly failure: Failure;
      /** Something of it may be on the pool, or still come: to be looked for when the job goes on. */
      readonly notCleaned?: Failure;
    };

/** Takes the snapshot of a group. What a failure leaves of it on the pool is looked for, and removed if it is proved to be ours. */
export async function takeSnapshot(group: DiskGroup, run: Run): Promise<Taken> {
  const { pool, context, known } = run;
  const { jobId, report } = context;
  const wanted = wantedOf(group, jobId);
  const taken = await attempt(async () => unwrap(await GroupSnapshot.take(pool, context, wanted)));
  if (taken.ok) {
    const { taken: made } = taken.value;
    for (const uuid of snapshotsIn({ ...made, snapshots: made.disks })) known.add(uuid);
    return taken;
  }
  const { failure } = taken;
  const removed = await removeOrphans(pool, jobId, wanted, known);
  if (!removed.ok) return { ok: false, failure, notCleaned: removed.failure };
  for (const uuid of removed.value.unproved) report.log('warn', leftAlone(uuid));
  if (removed.value.removed > 0) report.log('info', 'What the pool had made of the snapshot was removed.');
  // How the pool's work ended is not known: what is not there yet may still come.
  else if (isAway(failure.code)) return { ok: false, failure, notCleaned: failure };
  return { ok: false, failure: failure.code === 'snapshot-left-behind' ? notUsable(failure) : failure };
}

/** No other snapshot has its name. */
function wantedOf({ vm, disks }: DiskGroup, jobId: string): WantedSnapshot {
  const time = new Date().toISOString().slice(0, 19).replace('T', ' ');
  return {
    name: `Deltascope ${time} UTC ${jobId.slice(0, 8)}`,
    vmUuid: vm?.uuid,
    diskUuids: disks.map(({ diskUuid }) => diskUuid),
  };
}

const notUsable = ({ details }: Failure): Failure => ({
  code: 'snapshot-not-usable',
  message: 'A snapshot was taken but could not be used, and was removed again.',
  nextStep: 'Look at the pool’s events, then start the export again.',
  details,
});
