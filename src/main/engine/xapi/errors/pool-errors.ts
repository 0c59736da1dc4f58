import type { ErrorTable } from './error-map';

const goneMessage = (className: string | undefined): string =>
  `The ${className?.toLowerCase() === 'vdi' ? 'disk or snapshot' : (className ?? 'object')} no longer exists on the pool.`;
const gone = ([className]: readonly string[]) => ({
  code: 'object-gone',
  message: goneMessage(className),
  nextStep: 'Refresh the pool and choose again.',
});
const unknownMethod = {
  code: 'pool-too-old',
  message: 'This pool’s version does not know the request.',
  nextStep: 'Changed block tracking and NBD need XenServer 7.3, XCP-ng 7.4 or newer: upgrade the pool.',
};
const hostOff = {
  code: 'host-offline',
  message: 'The host that would have to do this is offline or not responding.',
  nextStep: 'Bring the host back, then try again.',
};

/** Errors about sessions, rights, hosts, the network and the pool as a whole. */
export const SESSION_AND_POOL_ERRORS: ErrorTable = {
  SESSION_AUTHENTICATION_FAILED: () => ({
    code: 'login-failed',
    message: 'The pool does not accept this user name and password.',
    nextStep: 'Check the user name and the password, and that the account is not locked.',
  }),
  SESSION_INVALID: () => ({
    code: 'session-expired',
    message: 'The pool has ended the session.',
    nextStep: 'Connect to the pool again.',
  }),
  HOST_IS_SLAVE: ([address]) => ({
    code: 'not-the-master',
    message: `This host is a member of a pool; its master is ${address || 'unknown'}.`,
    nextStep: `Connect to the master${address ? `: https://${address}` : ''}.`,
  }),
  RBAC_PERMISSION_DENIED: ([permission]) => ({
    code: 'permission-denied',
    message: `This user may not do that on the pool${permission ? ` (${permission})` : ''}.`,
    nextStep: 'Snapshots and exports need the role VM admin or higher. Ask the pool’s administrator.',
  }),
  PERMISSION_DENIED: () => ({
    code: 'permission-denied',
    message: 'This user may not do that on the pool.',
    nextStep: 'Snapshots and exports need the role VM admin or higher. Ask the pool’s administrator.',
  }),
  LICENSE_RESTRICTION: ([feature]) => ({
    code: 'licence-restriction',
    message: `The pool’s licence does not include this${feature ? ` (${feature})` : ''}.`,
    nextStep: 'XenServer needs the Premium edition for changed block tracking; XCP-ng has no such limit.',
  }),
  TOO_MANY_PENDING_TASKS: () => ({
    code: 'pool-busy',
    message: 'The pool has too many tasks waiting.',
    nextStep: 'Wait a moment, then try again.',
  }),
  HANDLE_INVALID: gone,
  UUID_INVALID: gone,
  MESSAGE_METHOD_UNKNOWN: () => unknownMethod,
  MESSAGE_REMOVED: () => unknownMethod,
  MESSAGE_PARAMETER_COUNT_MISMATCH: () => ({
    code: 'parameters-unsupported',
    message: 'This pool’s version takes other parameters for the request.',
    nextStep: 'Upgrade the pool.',
  }),
  NOT_SUPPORTED_DURING_UPGRADE: () => ({
    code: 'pool-upgrading',
    message: 'The pool is in the middle of an upgrade and allows this only afterwards.',
    nextStep: 'Finish the upgrade of all hosts, then try again.',
  }),
  HOST_OFFLINE: () => hostOff,
  HOST_NOT_LIVE: () => hostOff,
  CANNOT_CONTACT_HOST: () => hostOff,
  HOST_DISABLED: () => ({
    code: 'host-disabled',
    message: 'The host is in maintenance mode.',
    nextStep: 'Take the host out of maintenance mode, then try again.',
  }),
  HOST_STILL_BOOTING: () => ({
    code: 'host-booting',
    message: 'The host is still starting.',
    nextStep: 'Wait a minute, then try again.',
  }),
  NETWORK_INCOMPATIBLE_PURPOSES: () => ({
    code: 'nbd-purposes-conflict',
    message: 'The pool’s networks are set to both “nbd” and “insecure_nbd”, which switches NBD off.',
    nextStep: 'Remove the purpose “insecure_nbd” from all networks.',
  }),
  NETWORK_UNMANAGED: () => ({
    code: 'network-unmanaged',
    message: 'The pool does not manage this network, so it cannot be used for NBD.',
    nextStep: 'Choose another network for NBD.',
  }),
  TASK_CANCELLED: () => ({
    code: 'cancelled',
    message: 'The pool’s task was cancelled.',
    nextStep: 'Start it again when you are ready.',
  }),
  NOT_IMPLEMENTED: () => unknownMethod,
  INTERNAL_ERROR: ([reason]) =>
    /No_VDI/.test(reason ?? '')
      ? {
          code: 'changes-unrelated',
          message: 'The two snapshots lie on different storages, so there is no change log between them.',
          nextStep: 'Choose another base, or make a full export as a new one.',
        }
      : {
          code: 'pool-internal-error',
          message: 'The pool ran into an internal error.',
          nextStep: 'The details hold the pool’s own words. Look at xensource.log on the pool’s master.',
        },
  MAP_DUPLICATE_KEY: () => ({
    code: 'key-exists',
    message: 'The object already has that entry.',
    nextStep: 'Try again; if it stays, another product is changing the same object.',
  }),
  EVENTS_LOST: () => ({
    code: 'events-lost',
    message: 'The pool lost track of its changes.',
    nextStep: 'Nothing: everything is fetched again.',
  }),
  EVENT_FROM_TOKEN_PARSE_FAILURE: () => ({
    code: 'events-lost',
    message: 'The pool lost track of its changes.',
    nextStep: 'Nothing: everything is fetched again.',
  }),
};
