import { fail } from '../../../../shared/model/failure';
import type { PoolConnection } from '../../xapi';
import type { DiskToExport } from './export-disk';

/** @throws FailureError `snapshot-attached` */
export type DemandNotAttached = () => void;

/**
 * A pool lets a snapshot be attached for writing like any other disk, and then it is not what was snapshotted any more.
 * Looks at what the pool's events told: now, and since this watch began, though it may be detached again.
 * Source: xen-api ocaml/xapi/xapi_vbd_helpers.ml: only VDI.read_only forbids it, which a snapshot does not have.
 */
export function watchSnapshot(
  { plan, snapshot: { snapshotUuid } }: Pick<DiskToExport, 'plan' | 'snapshot'>,
  connection: Pick<PoolConnection, 'diskFacts'>,
): DemandNotAttached {
  const facts = () => connection.diskFacts(snapshotUuid);
  const times = (): number => facts()?.timesAttachedForWriting ?? 0;
  const before = times();
  return () => {
    const writer = facts()?.attachedForWriting;
    if (writer === undefined && times() === before) return;
    const attached = writer === undefined ? 'was attached to a VM' : `is attached to the VM “${writer}”`;
    fail({
      code: 'snapshot-attached',
      message: `The snapshot of ${plan.diskName} ${attached} for writing, so it may hold something else by now.`,
      nextStep:
        'Detach it there and export the disk anew. A job that waits with it is to be cancelled, unless nothing was written.',
      details: snapshotUuid,
    });
  };
}
