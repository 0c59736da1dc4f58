import { z } from 'zod';
import { fail } from '../../../shared/model/failure';
import { CREATED_MARK, isOurs, JOB_MARK, KEPT_MARK, SELF_MARK, type PoolConnection } from '../xapi';
import { ask, run } from './calls';

export interface Mark {
  readonly jobId: string;
  readonly createdAt: Date;
}

type MarkedClass = 'VM' | 'VDI';

/** Sets one entry of `other_config`, replacing a copied or older one. */
export async function setMark(
  connection: PoolConnection,
  name: MarkedClass,
  ref: string,
  key: string,
  value: string,
): Promise<void> {
  await run(connection, `${name}.remove_from_other_config`, ref, key);
  await run(connection, `${name}.add_to_other_config`, ref, key, value);
}

/** Marks an object as ours. What it inherited goes: a live disk that once was a kept snapshot has that mark, too. */
export async function mark(
  connection: PoolConnection,
  name: MarkedClass,
  ref: string,
  uuid: string,
  { jobId, createdAt }: Mark,
): Promise<void> {
  await run(connection, `${name}.remove_from_other_config`, ref, KEPT_MARK);
  await setMark(connection, name, ref, JOB_MARK, jobId);
  await setMark(connection, name, ref, CREATED_MARK, createdAt.toISOString());
  await setMark(connection, name, ref, SELF_MARK, uuid);
}

const askConfig = (connection: PoolConnection, name: MarkedClass, ref: string) =>
  ask(connection, z.record(z.string(), z.string()), `${name}.get_other_config`, ref);

/** As the pool says right now. */
export const carriesOurMark = async (
  connection: PoolConnection,
  name: MarkedClass,
  ref: string,
  uuid: string,
): Promise<boolean> => isOurs({ uuid, other_config: await askConfig(connection, name, ref) });

/**
 * Which snapshots may be removed: `any` that the admin named, those that are `ours`, only those of ours that no export
 * keeps (`leftover`), or of these only those that still have their data (`not-final`).
 */
export type Removable = 'any' | 'ours' | 'leftover' | 'not-final';

/**
 * Refuses to touch what Deltascope did not create, or what it keeps, as the pool says right now: to be asked again
 * before each attempt, since others may be at it meanwhile.
 * @throws FailureError `not-ours`, `kept-meanwhile`
 */
export async function requireRemovable(
  connection: PoolConnection,
  name: MarkedClass,
  ref: string,
  uuid: string,
  removable: Removable,
): Promise<void> {
  if (removable === 'any') return;
  const config = await askConfig(connection, name, ref);
  const details = `${name} ${uuid}`;
  if (!isOurs({ uuid, other_config: config })) {
    fail({
      code: 'not-ours',
      message: 'Deltascope did not create this snapshot, so it will not change it by itself.',
      nextStep: 'Remove or purge it explicitly if that is what you want.',
      details,
    });
  }
  if (removable === 'ours') return;
  // Only once an export is complete its snapshot is reduced to its change log, a moment before it gets the mark.
  const isLog = async (): Promise<boolean> =>
    name === 'VDI' && (await ask(connection, z.string(), 'VDI.get_type', ref)) === 'cbt_metadata';
  if (KEPT_MARK in config || (removable === 'not-final' && (await isLog()))) {
    fail({
      code: 'kept-meanwhile',
      message: 'The export of this snapshot has ended well meanwhile: it is kept, and no leftover any more.',
      nextStep: 'List the leftovers again.',
      details,
    });
  }
}
