import { pause } from '../clock';
import { XapiError } from '../rpc/xapi-error';
import { closeSession, openSession } from '../sessions/sessions';
import { instantMethod, type Method } from './method';
import { optional, string } from './parameter';

export const sessionMethods: readonly Method[] = [
  instantMethod(
    'session.login_with_password',
    [string('uname'), string('pwd'), optional(string('version')), optional(string('originator'))],
    async ({ pool, host, signal }, user, password, _version, originator) => {
      const { credentials, timings } = pool;
      if (user !== credentials.user || password !== credentials.password) {
        await pause(timings.authenticationDelay, signal);
        throw new XapiError('SESSION_AUTHENTICATION_FAILED', user, 'Authentication failure');
      }
      return openSession(pool, host, user, originator ?? '');
    },
    { session: false },
  ),
  instantMethod('session.logout', [], ({ pool, session }) => closeSession(pool, session)),
];
