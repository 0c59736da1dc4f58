import { bitmapBytes } from '../cbt/cbt-log';
import { masterRef, poolRef, type PoolState } from '../pool-state';
import { NULL_REF } from '../records/field';
import { DateTime } from '../rpc/value';
import { storageError, XapiError } from '../rpc/xapi-error';
import { refreshOperations } from './attachments';
import { assertOperation, duringOperation } from './operations';
import { until } from './until';

/** Bytes of a change log in front of its bitmap. Source: blktap include/cbt-util.h, `struct cbt_log_metadata`. */
const LOG_HEADER = 48;
export const logBytes = (sizeBytes: number): number => LOG_HEADER + bitmapBytes(sizeBytes);

export function enableTracking(pool: PoolState, vdi: string): void {
  const { db, cbt } = pool;
  assertOperation(pool, vdi, 'enable_cbt');
  if (db.pool.get(poolRef(pool)).restrictions.restrict_cbt === 'true') {
    throw new XapiError('LICENSE_RESTRICTION', 'CBT');
  }
  const { uuid, virtual_size, sm_config } = db.VDI.get(vdi);
  if (sm_config.type === 'raw') throw storageError(66, 'Invalid VDI type', 'Changed block tracking');
  cbt.enable(uuid, virtual_size);
  db.VDI.update(vdi, { cbt_enabled: true });
}

export function disableTracking(pool: PoolState, vdi: string): void {
  assertOperation(pool, vdi, 'disable_cbt');
  pool.cbt.disable(pool.db.VDI.get(vdi).uuid);
  pool.db.VDI.update(vdi, { cbt_enabled: false });
}

/** What changed between two disks, as base64. */
export async function listChangedBlocks(pool: PoolState, from: string, to: string): Promise<string> {
  const { db, cbt } = pool;
  return await duringOperation(pool, to, 'list_changed_blocks', () => {
    const older = db.VDI.get(from);
    const newer = db.VDI.get(to);
    if (older.SR !== newer.SR) {
      throw new XapiError('INTERNAL_ERROR', 'Storage_interface.Storage_error(No_VDI)');
    }
    return Promise.resolve(Buffer.from(cbt.changedBlocks(older.uuid, newer.uuid)).toString('base64'));
  });
}

/**
 * Reduces a snapshot to its change log. The new type shows before the wait for VBDs is over, and is taken back when
 * they do not go. Source: xen-api ocaml/xapi/xapi_vdi.ml, `_data_destroy`.
 */
export async function destroyData(pool: PoolState, vdi: string, signal: AbortSignal): Promise<void> {
  const { db, timings } = pool;
  if (db.VDI.get(vdi).type === 'cbt_metadata') return;
  await duringOperation(pool, vdi, 'data_destroy', async () => {
    const { managed, type, virtual_size, other_config } = db.VDI.get(vdi);
    if (!managed) throw new XapiError('VDI_NOT_MANAGED', vdi);
    db.VDI.update(vdi, { type: 'cbt_metadata' });
    const isFree = (): boolean => !db.VDI.has(vdi) || db.VDI.get(vdi).VBDs.size === 0;
    if (!(await until(pool, isFree, timings.dataDestroyWait, signal))) {
      db.VDI.update(vdi, { type });
      throw new XapiError('VDI_IN_USE', vdi, 'data_destroy');
    }
    await pool.disks.get(vdi)?.destroyData();
    const content_id = '/No content: this is a cbt_metadata VDI/';
    db.VDI.update(vdi, {
      other_config: { ...other_config, content_id },
      physical_utilisation: logBytes(virtual_size),
    });
    for (const { ref, record } of db.VM.rows()) {
      if (record.suspend_VDI === vdi) db.VM.update(ref, { suspend_VDI: NULL_REF });
    }
  });
  refreshOperations(pool, vdi);
}

/** The disk's log was found damaged: it is dropped, tracking is off, and a message says so. Source: sm VDI.py, `activate`. */
export function loseTracking(pool: PoolState, vdi: string): void {
  const { db, cbt, clock } = pool;
  const { uuid, cbt_enabled } = db.VDI.get(vdi);
  if (!cbt_enabled) return;
  cbt.disable(uuid);
  db.VDI.update(vdi, { cbt_enabled: false });
  db.message.create({
    name: 'VDI_CBT_METADATA_INCONSISTENT',
    priority: 3,
    cls: 'VDI',
    obj_uuid: uuid,
    timestamp: new DateTime(clock.now()),
    body: `Changed Block Tracking metadata is inconsistent for disk ${uuid} on ${db.host.get(masterRef(pool)).name_label}.`,
  });
}
