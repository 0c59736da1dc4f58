import { z } from 'zod';
import { fail, type Failure } from '../../../shared/model/failure';
import { TAKING_MARK, type PoolConnection } from '../xapi';
import { ask } from './calls';

export const NOT_ASKED_FOR = 'snapshot-not-asked-for';

/** What was asked for: the snapshot bears the name, a disk's the {@link TAKING_MARK} that its disk has meanwhile. */
interface Asked {
  readonly kind: 'VM' | 'VDI';
  readonly of: string;
  readonly name: string;
}

/**
 * The uuid of a snapshot that was just taken. It is looked at before anything is done with it: what is marked as ours is
 * exported as what was asked for, and removed.
 * @throws FailureError `snapshot-not-asked-for`; whatever the pool named is left as it is.
 */
export async function uuidOfNew(
  connection: PoolConnection,
  ref: string,
  { kind, of, name }: Asked,
): Promise<string> {
  const uuid = await ask(connection, z.string(), `${kind}.get_uuid`, ref);
  // Null for what is no snapshot.
  const parent = await ask(connection, z.string(), `${kind}.get_snapshot_of`, ref);
  if (parent !== of || !(await bears(connection, ref, kind, name))) fail(notAskedFor(`${kind} ${uuid}`));
  return uuid;
}

/** Of a disk that another computer snapshots at the same time the mark may be that one's. */
async function bears(
  connection: PoolConnection,
  ref: string,
  kind: 'VM' | 'VDI',
  name: string,
): Promise<boolean> {
  if (kind === 'VM') return (await ask(connection, z.string(), 'VM.get_name_label', ref)) === name;
  const marks = z.record(z.string(), z.string());
  return TAKING_MARK in (await ask(connection, marks, 'VDI.get_other_config', ref));
}

const notAskedFor = (details: string): Failure => ({
  code: NOT_ASKED_FOR,
  message: 'The pool named another object as the snapshot that was asked for. It was left as it is.',
  nextStep:
    'Restart the toolstack of the pool’s coordinator, look for a new snapshot whose name begins with Deltascope, and try again.',
  details,
});
