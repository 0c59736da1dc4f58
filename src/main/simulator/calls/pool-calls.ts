import { logBytes } from '../disks/change-tracking';
import { refreshUsage } from '../disks/lifecycle';
import type { PoolState } from '../pool-state';
import { DateTime } from '../rpc/value';
import { XapiError } from '../rpc/xapi-error';
import { driverOf } from '../storage-drivers';
import { instantMethod, method, type Method } from './method';
import { int, ref, string } from './parameter';

/** Calls of host, SR and message. */
export const poolMethods: readonly Method[] = [
  method('host.get_server_certificate', [ref('host')], ({ pool }, host) => {
    pool.db.host.get(host);
    return pool.hosts.find((each) => each.ref === host)!.certificate.certPem;
  }),
  instantMethod('host.get_servertime', [ref('host')], ({ pool }) => new DateTime(pool.clock.now())),
  method('SR.scan', [ref('sr')], ({ pool }, sr) => scan(pool, sr)),
  instantMethod(
    'message.create',
    [string('name'), int('priority'), string('cls'), string('obj_uuid'), string('body')],
    ({ pool }, name, priority, cls, obj_uuid, body) =>
      pool.db.message.create({
        ...{ name, priority, cls, obj_uuid, body },
        timestamp: new DateTime(pool.clock.now()),
      }),
  ),
  instantMethod('message.destroy', [ref('self')], ({ pool }, message) => pool.db.message.destroy(message)),
];

/**
 * Brings sizes up to date with the storage. On file storage a metadata-only disk then has the size of its change log.
 * Source: sm FileSR.py, `load`; xen-api ocaml/xapi/xapi_sr.ml, `update_vdis`.
 */
function scan(pool: PoolState, sr: string): void {
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
