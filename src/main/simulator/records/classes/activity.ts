import { backReferences, bool, date, defineClass, float, int, map, ref, set, string, writable } from '../field';

export const session = defineClass(
  'session',
  {
    uuid: string(),
    this_host: ref(),
    this_user: ref(),
    last_active: date(),
    pool: bool(),
    other_config: writable(map()),
    is_local_superuser: bool(true),
    subject: ref(),
    validation_time: date(),
    auth_user_sid: string(),
    auth_user_name: string(),
    rbac_permissions: set(),
    tasks: set(),
    parent: ref(),
    originator: string(),
    client_certificate: bool(),
  },
  { listable: false },
);

export const task = defineClass('task', {
  uuid: string(),
  name_label: string(),
  name_description: string(),
  allowed_operations: set(),
  current_operations: map(),
  created: date(),
  finished: date(),
  status: string('pending'),
  resident_on: ref(),
  progress: float(),
  type: string('<none/>'),
  result: string(),
  error_info: set(),
  other_config: writable(map()),
  subtask_of: ref(),
  subtasks: backReferences('task', 'subtask_of'),
  backtrace: string('()'),
});

export const message = defineClass('message', {
  uuid: string(),
  name: string(),
  priority: int(),
  cls: string(),
  obj_uuid: string(),
  timestamp: date(),
  body: string(),
});
