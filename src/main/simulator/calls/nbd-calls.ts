import { X509Certificate } from 'node:crypto';
import type { PoolState, SimulatedHost } from '../pool-state';
import type { RecordFor } from '../records/database';
import type { ValueMap } from '../rpc/value';
import { XapiError } from '../rpc/xapi-error';
import { instantMethod, type Method } from './method';
import { ref, string } from './parameter';

const NBD_PURPOSES = ['nbd', 'insecure_nbd'];
const self = ref('self');

export const nbdMethods: readonly Method[] = [
  instantMethod('VDI.get_nbd_info', [self], ({ pool, session }, vdi) => nbdInfo(pool, session, vdi)),
  instantMethod('network.add_purpose', [self, string('value')], ({ pool }, network, purpose) =>
    addPurpose(pool, network, purpose),
  ),
  instantMethod('network.remove_purpose', [self, string('value')], ({ pool }, network, purpose) =>
    pool.db.network.update(network, {
      purpose: pool.db.network.get(network).purpose.filter((each) => each !== purpose),
    }),
  ),
];

/**
 * One record for each address under which a host that has the disk's storage serves NBD. The certificate is given for
 * insecure networks too. Source: xen-api ocaml/xapi/xapi_vdi.ml, `get_nbd_info`.
 */
function nbdInfo(pool: PoolState, session: string, vdi: string): ValueMap[] {
  const { db } = pool;
  const { type, uuid, SR } = db.VDI.get(vdi);
  if (type === 'cbt_metadata') throw new XapiError('VDI_INCOMPATIBLE_TYPE', vdi, type);
  const attached = new Set(
    [...db.SR.get(SR).PBDs]
      .map((pbd) => db.PBD.get(pbd))
      .flatMap((pbd) => (pbd.currently_attached ? [pbd.host] : [])),
  );
  const hosts = pool.hosts.filter((host) => attached.has(host.ref));
  const fault = pool.faults.take(hosts.length > 0 ? pool.faults.nbdInfo : undefined);
  return hosts.flatMap((host) =>
    addressesOf(pool, host).map((address) => ({
      exportname: `/${uuid}?session_id=${session}`,
      address,
      port: host.nbdPort,
      cert: host.certificate.certPem,
      subject: subjectOf(host.certificate.certPem),
      ...fault?.instead,
    })),
  );
}

/** IPv4 first, then IPv6 with its prefix length, as XAPI stores it. */
function addressesOf({ db }: PoolState, host: SimulatedHost): string[] {
  const pifs = [...db.host.get(host.ref).PIFs].map((pif) => db.PIF.get(pif));
  return pifs
    .filter((pif) => pif.currently_attached && servesNbd(db.network.get(pif.network)))
    .flatMap(({ IP, IPv6 }) => (IP === '' ? [...IPv6] : [IP, ...IPv6]));
}

const servesNbd = ({ purpose }: RecordFor<'network'>): boolean =>
  purpose.some((each) => NBD_PURPOSES.includes(each));

/** The smallest DNS name of the certificate. */
function subjectOf(certPem: string): string {
  const names = new X509Certificate(certPem).subjectAltName?.match(/(?<=DNS:)[^,\s]+/g) ?? [];
  return [...names].sort()[0] ?? '';
}

function addPurpose({ db }: PoolState, network: string, purpose: string): void {
  const record = db.network.get(network);
  if (!NBD_PURPOSES.includes(purpose)) throw new XapiError('FIELD_TYPE_ERROR', 'value');
  if (!record.managed) throw new XapiError('NETWORK_UNMANAGED', network);
  const other = NBD_PURPOSES.find((each) => each !== purpose)!;
  for (const { record: existing } of db.network.rows()) {
    if (existing.purpose.includes(other)) {
      throw new XapiError('NETWORK_INCOMPATIBLE_PURPOSES', other, purpose);
    }
  }
  db.network.update(network, { purpose: [...new Set([...record.purpose, purpose])] });
}
