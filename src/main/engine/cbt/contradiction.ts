import { z } from 'zod';
import { fail, type Failure } from '../../../shared/model/failure';
import type { PoolConnection } from '../xapi';
import { ask, reference } from './calls';

const named = z.object({ uuid: z.string() });

/** The reference of what is about to be snapshotted, asked the other way round as well. @throws FailureError */
export async function certainReference(
  connection: PoolConnection,
  name: 'VM' | 'VDI',
  uuid: string,
): Promise<string> {
  const ref = await reference(connection, name, uuid);
  const found = await ask(connection, named, `${name}.get_record`, ref);
  if (found.uuid !== uuid) fail(contradiction(`${name} ${uuid}`));
  return ref;
}

/** Two answers about one object do not fit: whatever is done next might be done to another one. */
export const contradiction = (details: string): Failure => ({
  code: 'pool-contradicts-itself',
  message: 'The pool answered two questions about one object differently, so nothing more is done with it.',
  nextStep: 'Restart the toolstack of the pool’s coordinator, then try again.',
  details,
});
