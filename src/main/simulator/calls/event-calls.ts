import { XapiError } from '../rpc/xapi-error';
import { isSessionAlive } from '../sessions/sessions';
import { eventFrom, formatToken } from './event-from';
import { instantMethod, type Method } from './method';
import { float, ref, set, string } from './parameter';

export const eventMethods: readonly Method[] = [
  instantMethod(
    'event.from',
    [set('classes'), string('token'), float('timeout')],
    ({ pool, session, signal }, classes, token, timeout) =>
      eventFrom(
        pool,
        () => isSessionAlive(pool, session),
        classes,
        token,
        timeout,
        signal,
        () => new XapiError('SESSION_INVALID', session),
      ),
  ),
  instantMethod('event.inject', [string('class'), ref('ref')], ({ pool }, className, target) => {
    const table = pool.db.table(className);
    if (!table?.has(target)) throw new XapiError('HANDLE_INVALID', className, target);
    const before = pool.db.changes.generation;
    table.touch(target);
    return formatToken(before);
  }),
  instantMethod('event.get_current_id', [], ({ pool }) => pool.db.changes.generation),
];
