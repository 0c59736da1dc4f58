import { startedAt } from '../machines/crash';
import type { PoolState } from '../pool-state';
import { DateTime } from '../rpc/value';
import { driverOf, featuresOf, srOperations, STORAGE_DRIVERS } from '../storage-drivers';
import type { HostCertificate } from '../certificate';
import { X509Certificate } from 'node:crypto';
import { HOSTS, POOL, STORAGES } from './blueprint';

const GIB = 1024 ** 3;
const DAY = 24 * 60 * 60 * 1000;

export interface Infrastructure {
  readonly hosts: readonly string[];
  readonly storages: ReadonlyMap<string, string>;
  readonly network: string;
}

const SOFTWARE = {
  product_brand: 'XCP-ng',
  product_version: '8.3.0',
  product_version_text: '8.3',
  product_version_text_short: '8.3',
  platform_name: 'XCP',
  platform_version: '3.4.0',
  xapi: '25.33',
  xapi_build: '25.33.1',
  xen: '4.17.5-6',
  linux: '4.19.0+1',
  hostname: 'localhost',
  build_number: 'cloud',
  date: '20251030',
  db_schema: '5.791',
};

/** Hosts, networks and storages. Addresses of hosts are those their servers listen on. */
export function buildInfrastructure(
  pool: PoolState,
  addresses: readonly string[],
  certificates: readonly HostCertificate[],
): Infrastructure {
  const { db } = pool;
  const hosts = HOSTS.map((_, index) => addHost(pool, index, addresses[index], certificates[index]));
  const storages = new Map(STORAGES.map(({ key }) => [key, addStorage(pool, key, hosts)]));
  for (const driver of STORAGE_DRIVERS) {
    db.SM.create({
      name_label: driver.label,
      name_description: `SR plugin for ${driver.label}`,
      type: driver.type,
      capabilities: featuresOf(driver),
      features: Object.fromEntries(featuresOf(driver).map((feature) => [feature, '1'])),
      driver_filename: `/opt/xensource/sm/${driver.type}SR`,
    });
  }
  const network = addNetworks(pool, hosts, addresses);
  db.pool.create({
    name_label: POOL.name,
    name_description: POOL.description,
    master: hosts[0],
    default_SR: storages.get('nfs')!,
    restrictions: { restrict_cbt: 'false', restrict_pool_size: 'false' },
    // Says openly that nothing here is real.
    other_config: { 'deltascope:demo': 'true' },
  });
  return { hosts, storages, network };
}

function addHost(pool: PoolState, index: number, address: string, certificate: HostCertificate): string {
  const { db, clock } = pool;
  const { name, hostName, description } = HOSTS[index];
  const metrics = db.host_metrics.create({
    memory_total: 64 * GIB,
    memory_free: 32 * GIB,
    last_updated: new DateTime(clock.now()),
  });
  const host = db.host.create({
    name_label: name,
    name_description: description,
    hostname: hostName,
    address,
    metrics,
    software_version: SOFTWARE,
    capabilities: ['xen-3.0-x86_64', 'hvm-3.0-x86_32', 'hvm-3.0-x86_64'],
    cpu_info: { cpu_count: '8', socket_count: '1', vendor: 'GenuineIntel' },
    other_config: startedAt(clock.now() - 30 * DAY),
    allowed_operations: ['evacuate', 'provision', 'vm_start', 'vm_migrate', 'shutdown', 'reboot'],
  });
  const control_domain = db.VM.create({
    name_label: `Control domain on host: ${name}`,
    name_description: 'The domain which manages physical devices and manages other domains',
    is_control_domain: true,
    power_state: 'Running',
    resident_on: host,
    domid: 0,
    domain_type: 'pv',
  });
  db.host.update(host, { control_domain });
  const { validFrom, validTo } = new X509Certificate(certificate.certPem);
  db.Certificate.create({
    host,
    not_before: new DateTime(Date.parse(validFrom)),
    not_after: new DateTime(Date.parse(validTo)),
    fingerprint: certificate.fingerprint,
    fingerprint_sha256: certificate.fingerprint,
  });
  return host;
}

function addStorage({ db }: PoolState, key: string, hosts: readonly string[]): string {
  const { name, type, host: only, sizeBytes } = STORAGES.find((storage) => storage.key === key)!;
  const driver = driverOf(type);
  const sr = db.SR.create({
    name_label: name,
    name_description: driver.label,
    type,
    shared: only === undefined,
    physical_size: sizeBytes,
    allowed_operations: srOperations(driver),
    sm_config: type === 'linstor' ? {} : { 'allow-formats': 'vhd,qcow2' },
  });
  for (const host of only === undefined ? hosts : [hosts[only]]) {
    db.PBD.create({ host, SR: sr, currently_attached: true, device_config: {} });
  }
  return sr;
}

/** A management network without NBD and a storage network with it. Resolves to the storage network. */
function addNetworks({ db }: PoolState, hosts: readonly string[], addresses: readonly string[]): string {
  const management = db.network.create({
    name_label: 'Management',
    name_description: 'Pool-wide network associated with eth0',
    bridge: 'xenbr0',
  });
  const storage = db.network.create({
    name_label: 'Storage and backup',
    name_description: 'Pool-wide network associated with eth1',
    bridge: 'xenbr1',
    purpose: ['nbd'],
  });
  hosts.forEach((host, index) => {
    const mac = `02:00:00:00:0${index}`;
    const base = { host, netmask: '255.0.0.0', IP: addresses[index] };
    db.PIF.create({ ...base, device: 'eth0', network: management, management: true, MAC: `${mac}:00` });
    db.PIF.create({
      ...base,
      device: 'eth1',
      network: storage,
      MAC: `${mac}:01`,
      // Stored with its prefix length, and of no use for NBD: xapi-nbd listens on IPv4 only.
      ipv6_configuration_mode: 'Static',
      IPv6: [`fd00:de30::${index + 1}/64`],
    });
  });
  return storage;
}
