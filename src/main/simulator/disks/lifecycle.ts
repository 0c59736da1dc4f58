import { pause } from '../clock';
import type { PoolState } from '../pool-state';
import type { RecordFor } from '../records/database';
import { NULL_REF } from '../records/field';
import { DateTime } from '../rpc/value';
import { XapiError } from '../rpc/xapi-error';
import { VirtualDisk } from '../storage/virtual-disk';
import { isAttached, refreshOperations } from './attachments';
import { assertOperation, duringOperation } from './operations';

const MIB = 1024 * 1024;
/** VHD sizes are rounded up to whole blocks, qcow2 to whole clusters. Source: sm vhdutil.py, xcp-ng/sm qcow2util.py. */
const VHD_BLOCK = 2 * MIB;
const QCOW2_CLUSTER = 64 * 1024;

export type VdiRecord = RecordFor<'VDI'>;

/** The VDI's content. @throws XapiError VDI_INCOMPATIBLE_TYPE when only change metadata is left */
export function contentOf(pool: PoolState, vdi: string): VirtualDisk {
  const disk = pool.disks.get(vdi);
  if (!disk || disk.dataDestroyed) {
    throw new XapiError('VDI_INCOMPATIBLE_TYPE', vdi, pool.db.VDI.get(vdi).type);
  }
  return disk;
}

/** Adds a VDI with its content. Writes to it are marked in its change log while it has one. */
export function addDisk(pool: PoolState, disk: VirtualDisk, values: Partial<VdiRecord>): string {
  const { db } = pool;
  const vdi = db.VDI.create({ virtual_size: disk.sizeBytes, ...values });
  const { uuid } = db.VDI.get(vdi);
  db.VDI.update(vdi, { location: uuid });
  pool.disks.set(vdi, disk);
  if (!disk.frozen) disk.onWrite((offset, length) => pool.cbt.mark(uuid, offset, length));
  refreshUsage(pool, vdi);
  refreshOperations(pool, vdi);
  return vdi;
}

/** Brings the used bytes of a VDI up to date with its content. */
export function refreshUsage(pool: PoolState, vdi: string): void {
  const disk = pool.disks.get(vdi);
  if (!disk || disk.dataDestroyed) return;
  const used = disk.allocated().reduce((sum, { length }) => sum + length, 0);
  pool.db.VDI.update(vdi, { physical_utilisation: used });
}

/** An empty VDI of at least the size asked for. */
export async function createDisk(
  pool: PoolState,
  sizeBytes: number,
  values: Partial<VdiRecord>,
): Promise<string> {
  const unit = values.sm_config?.['image-format'] === 'qcow2' ? QCOW2_CLUSTER : VHD_BLOCK;
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    throw new XapiError('VALUE_NOT_SUPPORTED', 'virtual_size', String(sizeBytes), 'must be a positive size');
  }
  const rounded = Math.max(1, Math.ceil(sizeBytes / unit)) * unit;
  return addDisk(pool, await VirtualDisk.create({ sizeBytes: rounded }), values);
}

/** A snapshot that shares the content and, where changes are tracked, takes over the change log. */
export async function snapshotDisk(pool: PoolState, vdi: string): Promise<string> {
  const { db, cbt, clock } = pool;
  return await duringOperation(pool, vdi, 'snapshot', async () => {
    await pause(pool.timings.diskSnapshot);
    const source = db.VDI.get(vdi);
    const tracked = source.cbt_enabled && !source.is_a_snapshot;
    const snapshot = addDisk(pool, contentOf(pool, vdi).snapshot(), {
      ...inherited(source),
      is_a_snapshot: true,
      snapshot_of: vdi,
      snapshot_time: new DateTime(clock.now()),
      cbt_enabled: tracked,
    });
    if (tracked) cbt.snapshot(source.uuid, db.VDI.get(snapshot).uuid);
    refreshUsage(pool, vdi);
    return snapshot;
  });
}

/** A live disk with the same content; changes are not tracked. */
export async function cloneDisk(pool: PoolState, vdi: string, sr?: string): Promise<string> {
  return await duringOperation(pool, vdi, sr === undefined ? 'clone' : 'copy', () => {
    const source = pool.db.VDI.get(vdi);
    const values = { ...inherited(source), SR: sr ?? source.SR };
    return Promise.resolve(addDisk(pool, contentOf(pool, vdi).clone(), values));
  });
}

/** Grows a disk and its change log. */
export async function resizeDisk(pool: PoolState, vdi: string, sizeBytes: number): Promise<void> {
  const { db, cbt } = pool;
  const operation = isAttached(pool, vdi) ? 'resize_online' : 'resize';
  await duringOperation(pool, vdi, operation, () => {
    const { virtual_size, uuid, sm_config } = db.VDI.get(vdi);
    if (sizeBytes < virtual_size) {
      throw new XapiError('SR_BACKEND_FAILURE_79', '', 'VDI Invalid size [opterr=shrinking not allowed]', '');
    }
    const unit = sm_config['image-format'] === 'qcow2' ? QCOW2_CLUSTER : VHD_BLOCK;
    const rounded = Math.ceil(sizeBytes / unit) * unit;
    contentOf(pool, vdi).resize(rounded);
    cbt.resize(uuid, rounded);
    db.VDI.update(vdi, { virtual_size: rounded });
    return Promise.resolve();
  });
}

/** Removes a disk that nothing holds, its unplugged VBDs, its content and its change log. */
export async function destroyDisk(pool: PoolState, vdi: string): Promise<void> {
  const { db, cbt, disks } = pool;
  assertOperation(pool, vdi, 'destroy');
  const { uuid, VBDs } = db.VDI.get(vdi);
  for (const vbd of [...VBDs]) db.VBD.destroy(vbd);
  cbt.destroy(uuid);
  db.VDI.destroy(vdi);
  const disk = disks.get(vdi);
  disks.delete(vdi);
  await disk?.destroyData();
}

function inherited(source: VdiRecord): Partial<VdiRecord> {
  const { name_label, name_description, SR, type, other_config, sm_config, xenstore_data, tags } = source;
  const own = { sharable: false, read_only: false, snapshot_of: NULL_REF };
  return { name_label, name_description, SR, type, other_config, sm_config, xenstore_data, tags, ...own };
}
