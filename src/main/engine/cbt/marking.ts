import { z } from 'zod';
import { fail } from '../../../shared/model/failure';
import { CREATED_MARK, isOurs, JOB_MARK, SELF_MARK, type PoolConnection } from '../xapi';
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

/** Marks an object as ours. */
export async function mark(
  connection: PoolConnection,
  name: MarkedClass,
  ref: string,
  uuid: string,
  { jobId, createdAt }: Mark,
): Promise<void> {
  await setMark(connection, name, ref, JOB_MARK, jobId);
  await setMark(connection, name, ref, CREATED_MARK, createdAt.toISOString());
  await setMark(connection, name, ref, SELF_MARK, uuid);
}

/** As the pool says right now. */
export async function carriesOurMark(
  connection: PoolConnection,
  name: MarkedClass,
  ref: string,
  uuid: string,
): Promise<boolean> {
  const config = await ask(connection, z.record(z.string(), z.string()), `${name}.get_other_config`, ref);
  return isOurs({ uuid, other_config: config });
}

/** Refuses to touch what Deltascope did not create. @throws FailureError `not-ours` */
export async function requireOurs(
  connection: PoolConnection,
  name: MarkedClass,
  ref: string,
  uuid: string,
): Promise<void> {
  if (await carriesOurMark(connection, name, ref, uuid)) return;
  fail({
    code: 'not-ours',
    message: 'Deltascope did not create this snapshot, so it will not change it by itself.',
    nextStep: 'Remove or purge it explicitly if that is what you want.',
    details: `${name} ${uuid}`,
  });
}
