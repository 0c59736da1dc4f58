import { DateTime, Float } from '../rpc/value';
import { XapiError } from '../rpc/xapi-error';
import { instantMethod, method, type Method } from './method';
import { float, map, ref, set, string } from './parameter';
import { createTask } from './tasks';

const self = ref('self');
const STATES = ['pending', 'success', 'failure', 'cancelling', 'cancelled'];

export const taskMethods: readonly Method[] = [
  instantMethod(
    'task.create',
    [string('label'), string('description')],
    ({ pool, host }, name, description) => createTask(pool, name, description, host),
  ),
  instantMethod('task.destroy', [self], ({ pool }, task) => {
    pool.db.task.destroy(task);
  }),
  method('task.cancel', [ref('task')], ({ pool }, task) => {
    const { status, current_operations } = pool.db.task.get(task);
    if (status !== 'pending') return;
    pool.db.task.update(task, { current_operations: { ...current_operations, [task]: 'cancel' } });
    pool.running.get(task)?.abort();
  }),
  instantMethod('task.set_progress', [self, float('value')], ({ pool }, task, value) =>
    pool.db.task.update(task, { progress: new Float(value) }),
  ),
  instantMethod('task.set_status', [self, string('value')], ({ pool }, task, status) => {
    if (!STATES.includes(status)) throw new XapiError('FIELD_TYPE_ERROR', 'value');
    const isOver = status !== 'pending' && status !== 'cancelling';
    const finished = isOver ? { finished: new DateTime(pool.clock.now()) } : {};
    pool.db.task.update(task, { status, ...finished });
  }),
  instantMethod('task.set_result', [self, string('value')], ({ pool }, task, result) =>
    pool.db.task.update(task, { result }),
  ),
  instantMethod('task.set_error_info', [self, set('value')], ({ pool }, task, error_info) =>
    pool.db.task.update(task, { error_info }),
  ),
  instantMethod('task.set_other_config', [self, map('value')], ({ pool }, task, other_config) =>
    pool.db.task.update(task, { other_config }),
  ),
];
