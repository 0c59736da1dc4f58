import { z } from 'zod';
import { FailureError, type Failure } from '../../../shared/model/failure';
import type { AfterExport } from '../../../shared/model/export-plan';
import { attempt, ok, type Result } from '../../../shared/model/result';
import { KEPT_MARK, systemClock, type Clock, type PoolConnection } from '../xapi';
import { ask, referenceIfAny, runAsTask } from './calls';
import { carriesOurMark, requireRemovable, setMark, type Removable } from './marking';
import { persistently } from './persistently';
import { whileBusy, type Patience } from './while-busy';

export interface SnapshotToFinish {
  readonly vmSnapshotUuid?: string;
  readonly snapshotUuids: readonly string[];
  /** Always removed. */
  readonly extraSnapshotUuids?: readonly string[];
}

export interface FinishOptions {
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  /** Milliseconds to wait for a disk that is still in use. Two minutes when absent. */
  readonly patience?: number;
  /** The admin asked for it: also touch snapshots that Deltascope did not create. */
  readonly force?: boolean;
  /** Leave alone what has its final form already: an export keeps it. */
  readonly spareFinal?: boolean;
  /** Told of each failure that is waited out. */
  readonly onWait?: (failure: Failure) => void;
}

/**
 * `removed` after a purge: it had no change log, so nothing of use was left. `gone`: somebody else removed it. `spared`:
 * it had its final form already.
 */
type Ending = 'kept' | 'purged' | 'removed' | 'gone' | 'spared';

/** What became of one disk's snapshot. */
export interface FinishedSnapshot {
  readonly snapshotUuid: string;
  readonly result: Result<Ending>;
}

/**
 * Ends the life of a snapshot after an export: keeps it with its data, reduces it to its change log, or removes it.
 * The VM snapshot has to go first, and every attachment to a control domain; that is waited for.
 * Source: XenServer CBT developer guide, "Deleting VDI snapshot data". Fails whole only if the VM snapshot stays.
 */
export const finishSnapshot = (
  connection: PoolConnection,
  snapshot: SnapshotToFinish,
  after: AfterExport,
  options: FinishOptions = {},
): Promise<Result<FinishedSnapshot[]>> =>
  attempt(async () => {
    const {
      clock = systemClock,
      patience = 120_000,
      signal,
      force = false,
      spareFinal = false,
      onWait,
    } = options;
    const patient = { clock, patience, ...(signal ? { signal } : {}), ...(onWait ? { onWait } : {}) };
    const removable = force ? 'any' : spareFinal ? 'not-final' : 'ours';
    const { vmSnapshotUuid, snapshotUuids } = snapshot;
    const extras = after === 'keep' ? [] : (snapshot.extraSnapshotUuids ?? []);
    if (vmSnapshotUuid !== undefined) {
      const ended = await persistently(
        () =>
          after === 'keep'
            ? keepVmSnapshot(connection, vmSnapshotUuid)
            : unlessSpared(() => destroyVmSnapshot(connection, vmSnapshotUuid, patient, removable)),
        patient,
      );
      // It is kept together with the disks that it holds.
      if (ended === 'spared')
        return [...snapshotUuids, ...extras].map((uuid) => ({ snapshotUuid: uuid, result: ok(ended) }));
    }
    const finished: FinishedSnapshot[] = [];
    const end = async (uuid: string, how: AfterExport): Promise<void> => {
      const work = (): Promise<Ending> =>
        unlessSpared(() => finishDisk(connection, uuid, how, patient, removable));
      finished.push({ snapshotUuid: uuid, result: await attempt(() => persistently(work, patient)) });
    };
    for (const uuid of snapshotUuids) await end(uuid, after);
    for (const uuid of extras) await end(uuid, 'remove');
    return finished;
  });

async function unlessSpared<T>(work: () => Promise<T>): Promise<T | 'spared'> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FailureError && error.failure.code === 'kept-meanwhile') return 'spared';
    throw error;
  }
}

async function keepVmSnapshot(connection: PoolConnection, uuid: string): Promise<void> {
  const vm = await referenceIfAny(connection, 'VM', uuid);
  if (vm !== undefined) await markKept(connection, 'VM', vm, uuid);
}

/** Snapshots of others stay as they are. */
async function markKept(
  connection: PoolConnection,
  name: 'VM' | 'VDI',
  ref: string,
  uuid: string,
): Promise<void> {
  if (await carriesOurMark(connection, name, ref, uuid))
    await setMark(connection, name, ref, KEPT_MARK, 'data');
}

export async function destroyVmSnapshot(
  connection: PoolConnection,
  uuid: string,
  patient: Patience,
  removable: Removable,
): Promise<void> {
  const vm = await referenceIfAny(connection, 'VM', uuid);
  if (vm === undefined) return;
  const isSnapshot = await ask(connection, z.boolean(), 'VM.get_is_a_snapshot', vm);
  if (!isSnapshot) throw new FailureError(notASnapshot(uuid));
  // Only the records of the VM and its attachments go; its disks stay. Source: xen-api ocaml/xapi/xapi_vm.ml, destroy.
  await whileBusy(patient, async () => {
    await requireRemovable(connection, 'VM', vm, uuid, removable);
    await runAsTask(connection, 'VM.destroy', vm);
  });
}

export async function finishDisk(
  connection: PoolConnection,
  uuid: string,
  after: AfterExport,
  patient: Patience,
  removable: Removable,
): Promise<Ending> {
  const vdi = await referenceIfAny(connection, 'VDI', uuid);
  if (vdi === undefined) return 'gone';
  const isSnapshot = await ask(connection, z.boolean(), 'VDI.get_is_a_snapshot', vdi);
  if (!isSnapshot) throw new FailureError(notASnapshot(uuid));
  if (after === 'keep') {
    await markKept(connection, 'VDI', vdi, uuid);
    return 'kept';
  }
  const demand = (): Promise<void> => requireRemovable(connection, 'VDI', vdi, uuid, removable);
  await demand();
  if (after === 'purge' && (await purge(connection, vdi, patient, demand))) {
    await setMark(connection, 'VDI', vdi, KEPT_MARK, 'changes');
    return 'purged';
  }
  await whenFree(connection, vdi, patient, async () => {
    await demand();
    await runAsTask(connection, 'VDI.destroy', vdi);
  });
  return 'removed';
}

const WITHOUT_LOG = new Set(['no-change-log', 'storage-without-cbt']);

/** False if there is no change log to keep. Nothing to do if an interrupted job had got as far. */
async function purge(
  connection: PoolConnection,
  vdi: string,
  patient: Patience,
  demand: () => Promise<void>,
): Promise<boolean> {
  if ((await ask(connection, z.string(), 'VDI.get_type', vdi)) === 'cbt_metadata') return true;
  try {
    await whenFree(connection, vdi, patient, async () => {
      await demand();
      await runAsTask(connection, 'VDI.data_destroy', vdi);
    });
    return true;
  } catch (error) {
    if (error instanceof FailureError && WITHOUT_LOG.has(error.failure.code)) return false;
    throw error;
  }
}

/** XAPI itself waits only four seconds for attachments to go. Source: xen-api ocaml/xapi/xapi_vdi.ml, data_destroy. */
const whenFree = (
  connection: PoolConnection,
  vdi: string,
  patient: Patience,
  work: () => Promise<void>,
): Promise<void> =>
  whileBusy(patient, async () => {
    const vbds = await ask(connection, z.array(z.string()), 'VDI.get_VBDs', vdi);
    if (vbds.length > 0) throw new FailureError(stillAttached(vbds.length));
    await work();
  });

const stillAttached = (count: number): Failure => ({
  code: 'disk-in-use',
  message: `The snapshot is still attached in ${count} place${count === 1 ? '' : 's'}.`,
  nextStep:
    'Wait until other jobs on it have ended; disks left on the control domain can be found under Leftovers.',
});

const notASnapshot = (uuid: string): Failure => ({
  code: 'not-a-snapshot',
  message: 'This is a live VM or disk and not a snapshot; Deltascope never removes those.',
  nextStep: 'Choose a snapshot.',
  details: uuid,
});
