import { cloneDisk, createDisk, destroyDisk, resizeDisk, snapshotDisk } from '../disks/lifecycle';
import { assertOperation } from '../disks/operations';
import type { PoolState } from '../pool-state';
import type { ValueMap } from '../rpc/value';
import { XapiError } from '../rpc/xapi-error';
import { instantMethod, method, type Method } from './method';
import { int, map, optional, record, ref, string } from './parameter';
import { fieldsOf } from './record-argument';

const self = ref('self');
const vdi = ref('vdi');

export const vdiMethods: readonly Method[] = [
  method('VDI.create', [record('args')], ({ pool }, args) => createFrom(pool, args)),
  method('VDI.destroy', [self], ({ pool }, disk) => destroyDisk(pool, disk)),
  // Unlike most calls that take time, this one has no Async variant. Source: xen-api ocaml/idl/datamodel.ml.
  instantMethod('VDI.snapshot', [vdi, optional(map('driver_params'))], ({ pool }, disk) =>
    snapshotDisk(pool, disk),
  ),
  method('VDI.clone', [vdi, optional(map('driver_params'))], ({ pool }, disk) => cloneDisk(pool, disk)),
  method(
    'VDI.copy',
    [vdi, ref('sr'), optional(ref('base_vdi')), optional(ref('into_vdi'))],
    ({ pool }, disk, sr) => {
      pool.db.SR.get(sr);
      return cloneDisk(pool, disk, sr);
    },
  ),
  method('VDI.resize', [vdi, int('size')], ({ pool }, disk, size) => resizeDisk(pool, disk, size)),
  method('VDI.resize_online', [vdi, int('size')], ({ pool }, disk, size) => resizeDisk(pool, disk, size)),
  method('VDI.pool_migrate', [vdi, ref('sr'), map('options')], ({ pool }, disk) => {
    assertOperation(pool, disk, 'mirror');
    throw new XapiError('SR_OPERATION_NOT_SUPPORTED', pool.db.VDI.get(disk).SR);
  }),
  instantMethod('VDI.set_on_boot', [self, string('value')], ({ pool }, disk, on_boot) => {
    assertOperation(pool, disk, 'set_on_boot');
    pool.db.VDI.update(disk, { on_boot });
  }),
];

async function createFrom(pool: PoolState, args: ValueMap): Promise<string> {
  const { SR, virtual_size, ...rest } = fieldsOf(pool.db.VDI.definition, args, [
    'SR',
    'virtual_size',
    'name_label',
    'name_description',
    'type',
    'sharable',
    'read_only',
    'other_config',
    'xenstore_data',
    'sm_config',
    'tags',
  ]);
  pool.db.SR.get(SR ?? '');
  return await createDisk(pool, virtual_size ?? 0, { ...rest, SR });
}
