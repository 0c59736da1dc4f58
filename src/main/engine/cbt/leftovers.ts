import { FailureError } from '../../../shared/model/failure';
import { attempt, type Result } from '../../../shared/model/result';
import { systemClock, type Clock, type OurObject, type PoolConnection } from '../xapi';
import { referenceIfAny, runAsTask, run } from './calls';
import { destroyVmSnapshot, finishDisk } from './finish';
import { destroyUnfinished } from './unfinished-disk';

export interface LeftoverOptions {
  /** Jobs that run or can be resumed: what they made is in use. */
  readonly activeJobIds: ReadonlySet<string>;
  /** Also list the bases of increments, which are meant to stay. */
  readonly includeKept?: boolean;
}

/** What Deltascope made on the pool and no longer needs, attachments first, in the order it can be cleaned. */
export async function leftovers(
  connection: PoolConnection,
  { activeJobIds, includeKept = false }: LeftoverOptions,
): Promise<Result<OurObject[]>> {
  const current = await connection.refresh();
  if (!current.ok) return current;
  const found = connection
    .ourObjects()
    .filter(({ jobId, kept }) => (includeKept || !kept) && !(jobId !== undefined && activeJobIds.has(jobId)));
  const order = ['attachment', 'vm-snapshot', 'disk-snapshot', 'unfinished-disk'];
  const sorted = found.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  return { ok: true, value: sorted };
}

export interface CleanedLeftover {
  readonly object: OurObject;
  readonly result: Result<void>;
}

/** Removes leftovers; one that cannot be removed does not stop the others. Touches nothing without our mark. */
export async function cleanLeftovers(
  connection: PoolConnection,
  objects: readonly OurObject[],
  { clock = systemClock, signal }: { readonly clock?: Clock; readonly signal?: AbortSignal } = {},
): Promise<CleanedLeftover[]> {
  const patient = { clock, patience: 30_000, ...(signal ? { signal } : {}) };
  const cleaned: CleanedLeftover[] = [];
  for (const object of objects) {
    const result = await attempt(async () => {
      if (object.kind === 'attachment') await detach(connection, object.uuid);
      else if (object.kind === 'vm-snapshot')
        await destroyVmSnapshot(connection, object.uuid, patient, false);
      else if (object.kind === 'unfinished-disk') await destroyUnfinished(connection, object.uuid, patient);
      else await finishDisk(connection, object.uuid, 'remove', patient, false);
    });
    cleaned.push({ object, result });
  }
  return cleaned;
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
