import { fail } from '../../../../shared/model/failure';
import type { PoolConnection } from '../../xapi';
import type { DiskToExport } from './export-disk';

/**
 * A pool lets a snapshot be attached for writing like any other disk, and then it is not what was snapshotted any more.
 * Source: xen-api ocaml/xapi/xapi_vbd_helpers.ml: only VDI.read_only forbids it, which a snapshot does not have.
 * @throws FailureError `snapshot-attached`
 */
export function demandNotAttached(
  { plan, snapshot: { snapshotUuid } }: Pick<DiskToExport, 'plan' | 'snapshot'>,
  connection: Pick<PoolConnection, 'diskFacts'>,
): void {
  const writer = connection.diskFacts(snapshotUuid)?.attachedForWriting;
  if (writer === undefined) return;
  fail({
    code: 'snapshot-attached',
    message: `The snapshot of ${plan.diskName} is attached to the VM “${writer}” for writing, so it may hold something else by now.`,
    nextStep:
      'Detach it there and export the disk anew. A job that waits with it is to be cancelled, unless nothing was written.',
    details: snapshotUuid,
  });
}
