import { z } from 'zod';
import type { Failure } from '../../../shared/model/failure';
import { attempt, unwrap, type Result } from '../../../shared/model/result';
import { systemClock, type PoolConnection } from '../xapi';
import { reference, run } from './calls';
import { whileBusy, type Patience } from './while-busy';

export interface TrackingChange {
  readonly diskUuid: string;
  readonly result: Result<void>;
}

const SOME_PATIENCE: Patience = { clock: systemClock, patience: 30_000 };

/**
 * Switches changed block tracking on or off, disk by disk; one disk's failure does not stop the others. A disk that is
 * busy, for instance because a snapshot of it is being taken, is waited for.
 */
export async function setCbtEnabled(
  connection: PoolConnection,
  diskUuids: readonly string[],
  enabled: boolean,
  patient: Patience = SOME_PATIENCE,
): Promise<TrackingChange[]> {
  const changes: TrackingChange[] = [];
  for (const diskUuid of diskUuids) {
    const result = await attempt(async () => {
      const disk = await reference(connection, 'VDI', diskUuid);
      await whileBusy(patient, () => run(connection, enabled ? 'VDI.enable_cbt' : 'VDI.disable_cbt', disk));
    });
    changes.push({ diskUuid, result });
  }
  return changes;
}

/**
 * Switches it on where the storage can; returns why it stays off elsewhere. Asks the pool: that tracking was lost a moment
 * ago may not have been heard of yet.
 */
export async function enableWherePossible(
  connection: PoolConnection,
  diskUuids: readonly string[],
  patient: Patience,
): Promise<{ diskUuid: string; failure: Failure }[]> {
  const { disks, storages } = connection.inventory();
  const failures: { diskUuid: string; failure: Failure }[] = [];
  for (const diskUuid of diskUuids) {
    const disk = disks.find(({ uuid }) => uuid === diskUuid);
    const storage = storages.find(({ uuid }) => uuid === disk?.storageUuid);
    if (storage?.supportsCbt !== true) continue;
    const tracked = await attempt(async () =>
      isTracked(connection, await reference(connection, 'VDI', diskUuid)),
    );
    if (tracked.ok && tracked.value) continue;
    const [{ result }] = tracked.ok
      ? await setCbtEnabled(connection, [diskUuid], true, patient)
      : [{ result: tracked }];
    if (!result.ok) failures.push({ diskUuid, failure: result.failure });
  }
  return failures;
}

/** As the pool says right now. Pools older than XenServer 7.3 track nothing. */
export async function isTracked(connection: PoolConnection, diskRef: string): Promise<boolean> {
  const answer = await connection.call(z.boolean(), 'VDI.get_cbt_enabled', [diskRef]);
  if (!answer.ok && answer.failure.code === 'pool-too-old') return false;
  return unwrap(answer);
}
