import { controlMethods } from '../control/control-calls';
import { cbtMethods } from './cbt-calls';
import { eventMethods } from './event-calls';
import type { Method } from './method';
import { nbdMethods } from './nbd-calls';
import { poolMethods } from './pool-calls';
import { sessionMethods } from './session-calls';
import { taskMethods } from './task-calls';
import { vbdMethods } from './vbd-calls';
import { vdiMethods } from './vdi-calls';
import { vmMethods } from './vm-calls';

/** Every call but those that follow from the fields of a class. */
export const ALL_METHODS: readonly Method[] = [
  ...sessionMethods,
  ...eventMethods,
  ...taskMethods,
  ...poolMethods,
  ...vmMethods,
  ...vdiMethods,
  ...cbtMethods,
  ...nbdMethods,
  ...vbdMethods,
  ...controlMethods,
];
