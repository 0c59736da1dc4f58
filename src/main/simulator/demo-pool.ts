import { randomBytes } from 'node:crypto';
import { ALL_METHODS } from './calls/all-methods';
import { Dispatcher } from './calls/dispatcher';
import { createHostCertificate, type HostCertificate } from './certificate';
import { allReferences } from './control/leftovers';
import { HOSTS } from './demo/blueprint';
import { buildInfrastructure } from './demo/build-infrastructure';
import { buildCrowd, buildMachines } from './demo/build-machines';
import { buildHistory } from './demo/history';
import { listenAll } from './demo/listen';
import { scanStorage } from './disks/scan';
import { HttpsServer } from './hosts/https-server';
import { openExport } from './hosts/nbd-exports';
import { NbdServer } from './nbd/server';
import { readDemoDisks } from './storage/demo-disks';
import { emptyPool, type PoolState } from './pool-state';
import { DEMO_TIMINGS, type Timings } from './timings';

export interface DemoPoolOptions {
  /** Folder with `disks.json` and the disk images. */
  readonly imageFolder: string;
  /** Two pools with one seed have the same uuids and contents. */
  readonly seed?: number;
  /** Where the master listens; 127.0.0.1 and a free port when absent. */
  readonly address?: string;
  readonly port?: number;
  readonly timings?: Partial<Timings>;
  /** Further small VMs, up to 10,000. */
  readonly vmCount?: number;
  /** Start with snapshots taken in the past; true when absent. */
  readonly history?: boolean;
  /** Random when absent. */
  readonly password?: string;
  /** One for each host, from {@link hostCertificates}. Made anew when absent, which takes most of the start. */
  readonly certificates?: readonly HostCertificate[] | undefined;
  /** Told of bugs of the demo pool; when absent they end the process, as bugs do. */
  readonly onError?: (error: unknown) => void;
}

/** How to reach a running demo pool. */
export interface DemoPoolAccess {
  /** `https://address:port` of the master. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** SHA-256 of the master's certificate, `AA:BB:…`. */
  readonly fingerprint: string;
  readonly certPem: string;
}

export interface DemoPool extends DemoPoolAccess {
  /** Cuts all connections and releases everything. */
  close(): Promise<void>;
}

/** A certificate for each host of a demo pool. */
export const hostCertificates = (): Promise<HostCertificate[]> =>
  Promise.all(HOSTS.map(({ hostName }) => createHostCertificate(hostName)));

/** Starts the demo pool in this thread. It is reached over the wire only. */
export async function startDemoPool(options: DemoPoolOptions): Promise<DemoPool> {
  const pool = emptyPool({
    seed: options.seed ?? 1,
    timings: { ...DEMO_TIMINGS, ...options.timings },
    password: options.password ?? randomBytes(9).toString('base64url'),
  });
  const dispatcher = new Dispatcher(pool, ALL_METHODS);
  const onError = options.onError ?? escalate;
  const certificates = options.certificates ?? (await hostCertificates());
  const hostRefs: string[] = [];
  const servers = HOSTS.map((_, index) => {
    const host = (): string => hostRefs[index];
    return {
      https: new HttpsServer({ pool, dispatcher, certificate: certificates[index], host, onError }),
      nbd: nbdServer(pool, certificates[index], host, onError),
    };
  });
  const listening = await listenAll(
    servers.map(({ https }) => https),
    options,
  );
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(({ https }) => https.close()));
    await dispatcher.close();
    await Promise.all(servers.map(({ nbd }) => nbd.close()));
    for (const disk of pool.disks.values()) await disk.destroyData();
  };
  try {
    const infrastructure = buildInfrastructure(
      pool,
      listening.map(({ address }) => address),
      certificates,
    );
    hostRefs.push(...infrastructure.hosts);
    for (const [index, { nbd }] of servers.entries()) {
      const { address, port } = listening[index];
      pool.hosts.push({
        ref: hostRefs[index],
        hostName: HOSTS[index].hostName,
        certificate: certificates[index],
        nbd,
        address,
        httpsPort: port,
        nbdPort: await nbd.listen(0, address),
      });
    }
    const images = { folder: options.imageFolder, disks: await readDemoDisks(options.imageFolder) };
    const vms = await buildMachines(pool, infrastructure, images);
    await buildCrowd(pool, infrastructure, options.vmCount ?? 0);
    if (options.history ?? true) await buildHistory(pool, vms, options.seed ?? 1);
    for (const storage of infrastructure.storages.values()) scanStorage(pool, storage);
  } catch (error) {
    await close();
    throw error;
  }
  for (const ref of allReferences(pool)) pool.builtIn.add(ref);
  dispatcher.ready = true;
  const [{ address, port }] = listening as [(typeof listening)[0]];
  const { certPem, fingerprint } = certificates[0];
  return { url: `https://${address}:${port}`, ...pool.credentials, fingerprint, certPem, close };
}

function nbdServer(
  pool: PoolState,
  certificate: HostCertificate,
  host: () => string,
  onError: (error: unknown) => void,
): NbdServer {
  return new NbdServer({
    certificate,
    networkPurposes: () => [...pool.db.network.rows()].flatMap(({ record }) => record.purpose),
    openExport: (exportName) => openExport(pool, host(), exportName),
    onError,
  });
}

function escalate(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
