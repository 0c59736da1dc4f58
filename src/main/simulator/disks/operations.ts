import type { PoolState } from '../pool-state';
import { XapiError } from '../rpc/xapi-error';
import { driverOf } from '../storage-drivers';
import { activeVbds, vbdsOf } from './attachments';

export type VdiOperation =
  | 'snapshot'
  | 'clone'
  | 'copy'
  | 'resize'
  | 'resize_online'
  | 'destroy'
  | 'mirror'
  | 'set_on_boot'
  | 'enable_cbt'
  | 'disable_cbt'
  | 'data_destroy'
  | 'list_changed_blocks';

const LIVE: ReadonlySet<VdiOperation> = new Set<VdiOperation>([
  'snapshot',
  'resize_online',
  'clone',
  'mirror',
  'enable_cbt',
  'disable_cbt',
  'data_destroy',
]);
const CBT: ReadonlySet<VdiOperation> = new Set<VdiOperation>([
  'enable_cbt',
  'disable_cbt',
  'data_destroy',
  'list_changed_blocks',
]);
const FOR_METADATA: ReadonlySet<VdiOperation> = new Set<VdiOperation>([
  'data_destroy',
  'destroy',
  'list_changed_blocks',
]);

/**
 * Throws the error that XAPI would give for the operation, in XAPI's order.
 * Source: xen-api ocaml/xapi/xapi_vdi.ml, `check_operation_error`.
 */
export function assertOperation(pool: PoolState, vdi: string, operation: VdiOperation): void {
  const { db } = pool;
  const record = db.VDI.get(vdi);
  const sr = db.SR.get(record.SR);
  const current = Object.entries(record.current_operations).find(([, name]) => name !== 'copy');
  if (current) throw new XapiError('OTHER_OPERATION_IN_PROGRESS', 'VDI', vdi, current[1], current[0]);
  const isPlugged = [...sr.PBDs].some((pbd) => db.PBD.get(pbd).currently_attached);
  if (operation === 'resize' && !isPlugged) throw new XapiError('SR_NO_PBDS', record.SR);
  assertNotInUse(pool, vdi, operation);
  if (CBT.has(operation) && !driverOf(sr.type).cbt) {
    throw new XapiError('SR_OPERATION_NOT_SUPPORTED', record.SR);
  }
  if (record.type === 'cbt_metadata' && !FOR_METADATA.has(operation)) {
    throw new XapiError('VDI_INCOMPATIBLE_TYPE', vdi, 'cbt_metadata');
  }
  if (record.cbt_enabled && (operation === 'mirror' || operation === 'set_on_boot')) {
    throw new XapiError('VDI_CBT_ENABLED', vdi);
  }
  assertOwnRules(pool, vdi, operation);
}

function assertNotInUse(pool: PoolState, vdi: string, operation: VdiOperation): void {
  const active = activeVbds(pool, vdi);
  const blocking = operation === 'copy' ? active.filter(({ mode }) => mode === 'RW') : active;
  const onlySnapshots = active.every(({ VM }) => pool.db.VM.has(VM) && pool.db.VM.get(VM).is_a_snapshot);
  const excused = LIVE.has(operation) || (operation === 'list_changed_blocks' && onlySnapshots);
  if (blocking.length > 0 && !excused) throw new XapiError('VDI_IN_USE', vdi, operation);
  if (operation === 'data_destroy') return;
  for (const { current_operations } of vbdsOf(pool, vdi)) {
    const [busy] = Object.entries(current_operations);
    if (busy) throw new XapiError('OTHER_OPERATION_IN_PROGRESS', 'VDI', vdi, busy[1], busy[0]);
  }
}

function assertOwnRules({ db }: PoolState, vdi: string, operation: VdiOperation): void {
  const record = db.VDI.get(vdi);
  const isReset = record.on_boot === 'reset';
  const notForReset = new XapiError('VDI_ON_BOOT_MODE_INCOMPATIBLE_WITH_OPERATION');
  switch (operation) {
    case 'data_destroy':
      if (!record.is_a_snapshot) {
        throw new XapiError('OPERATION_NOT_ALLOWED', `VDI is not a snapshot: ${vdi}`);
      }
      if (!record.cbt_enabled) throw new XapiError('VDI_NO_CBT_METADATA', vdi);
      break;
    case 'enable_cbt':
    case 'disable_cbt':
      if (record.is_a_snapshot) throw new XapiError('OPERATION_NOT_ALLOWED', `VDI is a snapshot: ${vdi}`);
      if (record.type !== 'user' && record.type !== 'system') {
        throw new XapiError('VDI_INCOMPATIBLE_TYPE', vdi, record.type);
      }
      if (isReset) throw notForReset;
      break;
    case 'snapshot':
      if (record.sharable) throw new XapiError('VDI_IS_SHARABLE', vdi);
      if (isReset) throw notForReset;
      if (Object.values(record.current_operations).includes('copy')) {
        throw new XapiError('OPERATION_NOT_ALLOWED', 'Snapshot operation not allowed during copy.');
      }
      break;
    case 'copy':
      if (isReset) throw notForReset;
      break;
    default:
  }
}

/** Runs `work` while the operation shows in the VDI's current_operations. */
export async function duringOperation<T>(
  pool: PoolState,
  vdi: string,
  operation: VdiOperation,
  work: () => Promise<T>,
): Promise<T> {
  const { db } = pool;
  assertOperation(pool, vdi, operation);
  const id = `OpaqueRef:${pool.newUuid()}`;
  const others = db.VDI.get(vdi).current_operations;
  db.VDI.update(vdi, { current_operations: { ...others, [id]: operation } });
  try {
    return await work();
  } finally {
    if (db.VDI.has(vdi)) {
      const rest = Object.entries(db.VDI.get(vdi).current_operations).filter(([key]) => key !== id);
      db.VDI.update(vdi, { current_operations: Object.fromEntries(rest) });
    }
  }
}
