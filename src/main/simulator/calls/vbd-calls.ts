import { freePosition, plug, unplug } from '../disks/plugging';
import type { PoolState } from '../pool-state';
import { NULL_REF } from '../records/field';
import type { ValueMap } from '../rpc/value';
import { XapiError } from '../rpc/xapi-error';
import { instantMethod, method, type Method } from './method';
import { record, ref } from './parameter';
import { fieldsOf } from './record-argument';

const self = ref('self');

export const vbdMethods: readonly Method[] = [
  method('VBD.create', [record('args')], ({ pool }, args) => createFrom(pool, args)),
  method('VBD.plug', [self], ({ pool }, vbd) => plug(pool, vbd)),
  method('VBD.unplug', [self], ({ pool }, vbd) => unplug(pool, vbd)),
  method('VBD.unplug_force', [self], ({ pool }, vbd) => unplug(pool, vbd)),
  method('VBD.destroy', [self], ({ pool }, vbd) => {
    const { currently_attached, uuid } = pool.db.VBD.get(vbd);
    if (currently_attached) {
      throw new XapiError(
        'OPERATION_NOT_ALLOWED',
        `VBD '${uuid}' still attached to '${pool.db.VBD.get(vbd).VM}'`,
      );
    }
    pool.db.VBD.destroy(vbd);
  }),
  instantMethod('VM.get_allowed_VBD_devices', [ref('vm')], ({ pool }, vm) => [freePosition(pool, vm)]),
];

/** Creates a VBD; `autodetect` as position takes the first free one. */
function createFrom(pool: PoolState, args: ValueMap): string {
  const { db } = pool;
  const values = fieldsOf(db.VBD.definition, args, [
    'VM',
    'VDI',
    'userdevice',
    'bootable',
    'mode',
    'type',
    'unpluggable',
    'empty',
    'other_config',
    'qos_algorithm_type',
    'qos_algorithm_params',
  ]);
  const { VM = NULL_REF, VDI = NULL_REF, userdevice = 'autodetect', empty = false } = values;
  db.VM.get(VM);
  if (!empty) db.VDI.get(VDI);
  const position = userdevice === 'autodetect' ? freePosition(pool, VM) : userdevice;
  const isTaken = [...db.VM.get(VM).VBDs].some((vbd) => db.VBD.get(vbd).userdevice === position);
  if (isTaken) throw new XapiError('DEVICE_ALREADY_EXISTS', position);
  return db.VBD.create({ ...values, userdevice: position, allowed_operations: ['attach'] });
}
