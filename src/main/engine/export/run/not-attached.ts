import { fail } from '../../../../shared/model/failure';
import { unwrap } from '../../../../shared/model/result';
import type { PoolConnection } from '../../xapi';

export interface WatchedSnapshot {
  readonly diskName: string;
  readonly snapshotUuid: string;
  readonly contentId?: string | undefined;
}

/** @throws FailureError `snapshot-attached`, `snapshot-changed`, or why the pool does not tell */
export type DemandNotAttached = () => Promise<void>;

const EVENTS_WITHIN_MS = 30_000;

/**
 * A pool lets a snapshot be attached for writing like any other disk, and then it is not what was snapshotted any more.
 * That shows in the name that the pool gives to what it holds, also when nobody looked at that time. Some pools give no such
 * name: of them it is known whether it is attached now, or was seen to be since this watch began.
 * Source: xen-api ocaml/xapi/xapi_vbd_helpers.ml: only VDI.read_only forbids it, which a snapshot does not have.
 * @param contentId the name at first; undefined where there is none.
 */
export function watchSnapshot(
  { diskName, snapshotUuid, contentId }: WatchedSnapshot,
  connection: Pick<PoolConnection, 'diskFacts' | 'refresh'>,
): DemandNotAttached {
  const facts = () => connection.diskFacts(snapshotUuid);
  const before = facts()?.timesAttachedForWriting ?? 0;
  return async () => {
    unwrap(await connection.refresh({ timeout: EVENTS_WITHIN_MS }));
    const now = facts();
    if (!now) return;
    const { attachedForWriting: writer, timesAttachedForWriting: times = 0 } = now;
    if (writer !== undefined)
      fail({
        code: 'snapshot-attached',
        message: `The snapshot of ${diskName} is attached to the VM “${writer}” for writing, so it may hold something else by now.`,
        nextStep: 'Detach it there and begin anew. A job that waits with it is to be cancelled.',
        details: snapshotUuid,
      });
    if (times !== before || (contentId !== undefined && now.contentId !== contentId))
      fail({
        code: 'snapshot-changed',
        message: `The snapshot of ${diskName} was attached to a VM for writing, so it may hold something else by now.`,
        nextStep: 'Begin anew, with a new snapshot.',
        details: snapshotUuid,
      });
  };
}
