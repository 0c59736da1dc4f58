import { destroyData, disableTracking, enableTracking, listChangedBlocks } from '../disks/change-tracking';
import { method, type Method } from './method';
import { ref } from './parameter';

const self = ref('self');

export const cbtMethods: readonly Method[] = [
  method('VDI.enable_cbt', [self], ({ pool }, vdi) => enableTracking(pool, vdi)),
  method('VDI.disable_cbt', [self], ({ pool }, vdi) => disableTracking(pool, vdi)),
  method('VDI.data_destroy', [self], ({ pool, signal }, vdi) => destroyData(pool, vdi, signal)),
  method('VDI.list_changed_blocks', [ref('vdi_from'), ref('vdi_to')], ({ pool }, from, to) =>
    listChangedBlocks(pool, from, to),
  ),
];
