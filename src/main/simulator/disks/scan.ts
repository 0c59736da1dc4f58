import type { PoolState } from '../pool-state';
import { XapiError } from '../rpc/xapi-error';
import { driverOf } from '../storage-drivers';
import { logBytes } from './change-tracking';
import { refreshUsage } from './lifecycle';

/**
 * Brings sizes up to date with the storage. On file storage a metadata-only disk then has the size of its change log.
 * Source: sm FileSR.py, `load`; xen-api ocaml/xapi/xapi_sr.ml, `update_vdis`.
 */
export function scanStorage(pool: PoolState, sr: string): void {
  const { db } = pool;
  const { VDIs, type, PBDs } = db.SR.get(sr);
  if (![...PBDs].some((pbd) => db.PBD.get(pbd).currently_attached)) throw new XapiError('SR_NO_PBDS', sr);
  for (const vdi of VDIs) {
    const { type: kind, uuid } = db.VDI.get(vdi);
    const log = pool.cbt.get(uuid);
    if (kind === 'cbt_metadata' && log && driverOf(type).isFileBased) {
      const size = logBytes(log.sizeBytes);
      db.VDI.update(vdi, { virtual_size: size, physical_utilisation: size });
    } else {
      refreshUsage(pool, vdi);
    }
  }
  updateTotals(pool, sr);
}

function updateTotals({ db }: PoolState, sr: string): void {
  let virtual_allocation = 0;
  let physical_utilisation = 0;
  for (const vdi of db.SR.get(sr).VDIs) {
    const record = db.VDI.get(vdi);
    virtual_allocation += record.virtual_size;
    physical_utilisation += record.physical_utilisation;
  }
  db.SR.update(sr, { virtual_allocation, physical_utilisation });
}
