import { FailureError } from '../../../shared/model/failure';
import { attempt, unwrap, type Result } from '../../../shared/model/result';
import {
  isStartOf,
  ourTasks,
  systemClock,
  tasksSchema,
  type Clock,
  type PoolConnection,
  type UnprovedObject,
} from '../xapi';
import { ask, referenceIfAny, runAsTask, run } from './calls';
import { destroyVmSnapshot, finishDisk } from './finish';
import { markHeldDisks } from './held-disks';
import { poolTime } from './pool-time';
import { requireRemovable, type Removable } from './marking';
import { asRestored, type LeftoverObject } from './restored-disk';
import { destroyUnfinished, takeMarksOff } from './unfinished-disk';
import type { Patience } from './while-busy';

export interface LeftoverOptions {
  /** Jobs that run or can be resumed: what they made is in use. */
  readonly activeJobIds: ReadonlySet<string>;
  /** Jobs that this computer has a trace of: what they made is used nowhere else. */
  readonly knownJobIds?: ReadonlySet<string>;
  /** Uuids of disks that this computer restored well: they are whole, whatever marks they carry. */
  readonly restoredDisks?: ReadonlySet<string>;
  /** Also list the bases of increments, which are meant to stay. */
  readonly includeKept?: boolean;
  /** By the clock of this computer, in milliseconds since 1970. */
  readonly now?: number;
}

export interface Leftover extends LeftoverObject {
  /** Made not long ago by a job that this computer knows nothing of: one of another computer may be at it. */
  readonly mayBeElsewhere: boolean;
}

/** An export that takes longer than this on another computer is rare; its objects are then taken for left over. */
const FRESH_MS = 24 * 60 * 60 * 1000;

/** What Deltascope made on the pool and no longer needs, attachments first, in the order it can be cleaned. */
export const leftovers = (
  connection: PoolConnection,
  {
    activeJobIds,
    knownJobIds = new Set(),
    restoredDisks = new Set(),
    includeKept = false,
    now = Date.now(),
  }: LeftoverOptions,
): Promise<Result<Leftover[]>> =>
  attempt(async () => {
    unwrap(await connection.refresh());
    // A clock that is ahead makes all things look old, and those of another computer be removed: the pool has one too.
    const earliestNow = Math.min(now, await poolTime(connection));
    const tasks = ourTasks(await ask(connection, tasksSchema, 'task.get_all_records'));
    const objects = asRestored(connection.ourObjects(), connection.unprovedObjects(), restoredDisks);
    const found = [...objects, ...tasks]
      .filter((object) => (includeKept || !object.kept) && !isOfAny(activeJobIds, object))
      .map((object) => {
        const isOld = earliestNow - Date.parse(object.createdAt ?? '') >= FRESH_MS;
        const isKnown = object.kind === 'restored-disk' || isOfAny(knownJobIds, object);
        return { ...object, mayBeElsewhere: !isOld && !isKnown };
      });
    const order = ['attachment', 'vm-snapshot', 'disk-snapshot', 'unfinished-disk', 'restored-disk', 'task'];
    return found.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  });

/**
 * What Deltascope probably left as well, but cannot prove to be its own, as of the last listing of leftovers: for the
 * admin to look at and remove by hand.
 */
export const unproved = (
  connection: PoolConnection,
  activeJobIds: ReadonlySet<string>,
  restoredDisks: ReadonlySet<string> = new Set(),
): UnprovedObject[] =>
  connection
    .unprovedObjects()
    .filter(({ uuid }) => !restoredDisks.has(uuid))
    .filter(({ jobIdStart: start }) => start === '' || ![...activeJobIds].some((id) => isStartOf(start, id)));

/** A task knows the start of its job's id only. */
export function isOfAny(jobIds: ReadonlySet<string>, { kind, jobId }: LeftoverObject): boolean {
  if (jobId === undefined) return false;
  return kind === 'task' ? [...jobIds].some((id) => isStartOf(jobId, id)) : jobIds.has(jobId);
}

export interface CleanedLeftover {
  readonly object: LeftoverObject;
  readonly result: Result<void>;
}

/**
 * Removes leftovers; one that cannot be removed does not stop the others. Touches nothing without our mark. Of a restored
 * disk only the marks are removed.
 */
export async function cleanLeftovers(
  connection: PoolConnection,
  objects: readonly LeftoverObject[],
  { clock = systemClock, signal }: { readonly clock?: Clock; readonly signal?: AbortSignal } = {},
): Promise<CleanedLeftover[]> {
  const patient = { clock, patience: 30_000, ...(signal ? { signal } : {}) };
  const cleaned: CleanedLeftover[] = [];
  for (const object of objects) {
    // One that was listed as kept is meant.
    const removable = object.kept ? 'ours' : 'leftover';
    const result = await attempt(async () => {
      if (object.kind === 'attachment') await detach(connection, object.uuid);
      else if (object.kind === 'task') await destroyTask(connection, object.uuid);
      else if (object.kind === 'vm-snapshot') await cleanVmSnapshot(connection, object, patient, removable);
      else if (object.kind === 'unfinished-disk') await destroyUnfinished(connection, object.uuid, patient);
      else if (object.kind === 'restored-disk') await takeMarksOff(connection, object.uuid);
      else await finishDisk(connection, object.uuid, 'remove', patient, removable);
    });
    cleaned.push({ object, result });
  }
  return cleaned;
}

/** Its disks' snapshots are leftovers of their own, but for those that were not marked yet: they go with it. */
async function cleanVmSnapshot(
  connection: PoolConnection,
  { uuid, jobId = '' }: LeftoverObject,
  patient: Patience,
  removable: Removable,
): Promise<void> {
  const ref = await referenceIfAny(connection, 'VM', uuid);
  if (ref === undefined) return;
  await requireRemovable(connection, 'VM', ref, uuid, removable);
  const unmarked = await markHeldDisks(connection, ref, { jobId, createdAt: patient.clock.now() });
  await destroyVmSnapshot(connection, uuid, patient, removable);
  for (const disk of unmarked) await finishDisk(connection, disk.uuid, 'remove', patient, removable);
}

/** Takes something of ours off a control domain, as xapi-nbd does when a connection ends. */
async function detach(connection: PoolConnection, vbdUuid: string): Promise<void> {
  const vbd = await referenceIfAny(connection, 'VBD', vbdUuid);
  if (vbd === undefined) return;
  const unplugged = await attempt(() => runAsTask(connection, 'VBD.unplug', vbd));
  const isGone = (await referenceIfAny(connection, 'VBD', vbdUuid)) === undefined;
  if (isGone) return;
  const wasOff = !unplugged.ok && unplugged.failure.details?.includes('DEVICE_ALREADY_DETACHED') === true;
  if (!unplugged.ok && !wasOff) throw new FailureError(unplugged.failure);
  await run(connection, 'VBD.destroy', vbd);
}

/** Of a job that nobody is at: nothing would ever end it. */
async function destroyTask(connection: PoolConnection, uuid: string): Promise<void> {
  const ref = await referenceIfAny(connection, 'task', uuid);
  if (ref === undefined) return;
  await run(connection, 'task.set_status', ref, 'cancelled');
  await run(connection, 'task.destroy', ref);
}
