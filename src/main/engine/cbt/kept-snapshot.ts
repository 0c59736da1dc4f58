import { fail } from '../../../shared/model/failure';
import { attempt, unwrap, type Result } from '../../../shared/model/result';
import { systemClock, type PoolConnection } from '../xapi';
import { finishSnapshot } from './finish';
import { snapshotVm, type TakenSnapshot, type VmSnapshotRequest } from './snapshot';

export type KeptSnapshot = TakenSnapshot & { readonly name: string };

/**
 * Snapshots all disks of a VM because the admin asked for it: it bears its time as a name, stays with its data, and is
 * no leftover of a job. Fails with the first failure if any part of it could not be marked to be kept.
 */
export const takeSnapshotToKeep = (
  connection: PoolConnection,
  request: Omit<VmSnapshotRequest, 'name' | 'diskUuids'>,
): Promise<Result<KeptSnapshot>> =>
  attempt(async () => {
    const { clock = systemClock } = request;
    const name = `Deltascope ${clock.now().toISOString().slice(0, 19).replace('T', ' ')} UTC`;
    const taken = unwrap(await snapshotVm(connection, { ...request, name }));
    const { vmSnapshotUuid, disks } = taken;
    const snapshot = {
      ...(vmSnapshotUuid === undefined ? {} : { vmSnapshotUuid }),
      snapshotUuids: disks.map(({ snapshotUuid }) => snapshotUuid),
    };
    const finished = await finishSnapshot(connection, snapshot, 'keep', { clock });
    const failure = finished.ok
      ? finished.value.map(({ result }) => result).find((result) => !result.ok)?.failure
      : finished.failure;
    if (failure === undefined) return { ...taken, name };
    return fail({
      ...failure,
      message: `The snapshot “${name}” was taken but could not be marked to be kept. ${failure.message}`,
      nextStep: `${failure.nextStep} Until it is marked it counts as a leftover: remove it there, then take another.`,
    });
  });
