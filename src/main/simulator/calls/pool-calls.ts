import { scanStorage } from '../disks/scan';
import { DateTime } from '../rpc/value';
import { instantMethod, method, type Method } from './method';
import { int, ref, string } from './parameter';

/** Calls of host, SR and message. */
export const poolMethods: readonly Method[] = [
  method('host.get_server_certificate', [ref('host')], ({ pool }, host) => {
    pool.db.host.get(host);
    return pool.hosts.find((each) => each.ref === host)!.certificate.certPem;
  }),
  instantMethod('host.get_servertime', [ref('host')], ({ pool }) => new DateTime(pool.clock.now())),
  method('SR.scan', [ref('sr')], ({ pool }, sr) => scanStorage(pool, sr)),
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
