import { randomUUID } from 'node:crypto';
import type { PoolState } from '../pool-state';
import { DateTime } from '../rpc/value';
import { XapiError } from '../rpc/xapi-error';

/** A session that nobody used for so long is gone. Source: xen-api ocaml/xapi/xapi_globs.ml, `inactive_session_timeout`. */
export const IDLE_TIMEOUT = 24 * 60 * 60 * 1000;
/** Most sessions of one originator. Source: xen-api ocaml/xapi/db_gc_util.ml. */
const MOST_WITHOUT_ORIGINATOR = 400;
const MOST_PER_ORIGINATOR = 500;

/** Opens a session; its reference is the secret that the client shows from then on. */
export function openSession(pool: PoolState, host: string, user: string, originator: string): string {
  const now = new DateTime(pool.clock.now());
  const session = pool.db.session.create(
    { this_host: host, last_active: now, validation_time: now, auth_user_name: user, originator },
    `OpaqueRef:${randomUUID()}`,
  );
  dropOldest(pool, originator);
  return session;
}

/** Checks that the session is alive, and keeps it alive. @throws XapiError SESSION_INVALID */
export function useSession(pool: PoolState, session: string): void {
  const { db, clock } = pool;
  if (!db.session.has(session)) throw new XapiError('SESSION_INVALID', session);
  const now = clock.now();
  if (now - db.session.get(session).last_active.milliseconds > IDLE_TIMEOUT) {
    db.session.destroy(session);
    throw new XapiError('SESSION_INVALID', session);
  }
  db.session.update(session, { last_active: new DateTime(now) });
}

/** True for a session that could be used now. */
export function isSessionAlive(pool: PoolState, session: string): boolean {
  const { db, clock } = pool;
  return (
    db.session.has(session) && clock.now() - db.session.get(session).last_active.milliseconds <= IDLE_TIMEOUT
  );
}

export function closeSession(pool: PoolState, session: string): void {
  pool.db.session.destroy(session);
}

function dropOldest(pool: PoolState, originator: string): void {
  const most = originator === '' ? MOST_WITHOUT_ORIGINATOR : MOST_PER_ORIGINATOR;
  const alike = [...pool.db.session.rows()].filter(({ record }) => record.originator === originator);
  alike.sort((a, b) => a.record.last_active.milliseconds - b.record.last_active.milliseconds);
  for (const { ref } of alike.slice(0, Math.max(0, alike.length - most))) pool.db.session.destroy(ref);
}
