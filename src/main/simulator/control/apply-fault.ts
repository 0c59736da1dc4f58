import { loseTracking } from '../disks/change-tracking';
import { noFaults, type NbdFaults } from '../nbd/faults';
import type { PoolState } from '../pool-state';
import type { Fault } from './faults-argument';

/** Arranges for a fault; NBD faults hit one host when its uuid is given, else all. */
export function applyFault(pool: PoolState, fault: Fault): void {
  const { faults } = pool;
  switch (fault.kind) {
    case 'call-error': {
      const { method, count, after, code, params } = fault;
      faults.calls.push({ method, count, after, error: [code, ...params] });
      return;
    }
    case 'slow-call':
      faults.calls.push({ method: fault.method, count: fault.count, delay: fault.milliseconds });
      return;
    case 'hold-call':
      faults.calls.push({ method: fault.method, count: fault.count, hold: true });
      return;
    case 'drop-call':
      faults.calls.push({ method: fault.method, count: fault.count, drop: true });
      return;
    case 'nbd-info':
      faults.nbdInfo = { count: fault.count, instead: fault.instead };
      return;
    case 'export-breaks':
      faults.transfer = { count: fault.count, afterBytes: fault.afterBytes };
      return;
    case 'cbt-lost':
      loseTracking(pool, pool.db.VDI.refByUuid(fault.vdi));
      return;
    case 'xapi-version':
      changeVersion(pool, fault.version, fault.host);
      return;
    default:
      for (const nbd of nbdFaultsOf(pool, fault.host)) applyNbdFault(nbd, fault);
  }
}

export function clearFaults(pool: PoolState): void {
  pool.faults.clear();
  for (const nbd of nbdFaultsOf(pool)) Object.assign(nbd, noFaults());
}

/** What has not struck yet, so that a test can tell whether its fault did. */
export const faultsLeft = (pool: PoolState): object => {
  const { calls, nbdInfo, transfer } = pool.faults;
  return { calls, nbdInfo, transfer, nbd: nbdFaultsOf(pool) };
};

type NbdFault = Exclude<Extract<Fault, { host?: string | undefined }>, { kind: 'xapi-version' }>;

function applyNbdFault(nbd: NbdFaults, fault: NbdFault): void {
  switch (fault.kind) {
    case 'refuse-nbd':
      nbd.refuseConnections = fault.count;
      return;
    case 'refuse-nbd-tls':
      nbd.refuseTls = fault.count;
      return;
    case 'drop-nbd':
      nbd.dropAfterBytes = fault.afterBytes;
      return;
    case 'slow-nbd':
      nbd.delayPerReadMs = fault.milliseconds;
      return;
    case 'stall-nbd':
      nbd.stallReads = fault.count;
      return;
    case 'read-error': {
      const { offset, length, count } = fault;
      nbd.readErrors.push(count === undefined ? { offset, length } : { offset, length, times: count });
      return;
    }
  }
}

const nbdFaultsOf = (pool: PoolState, hostUuid?: string): NbdFaults[] =>
  hostsOf(pool, hostUuid).map(({ nbd }) => nbd.faults);

/** The host with the uuid; without one, all. */
const hostsOf = ({ hosts, db }: PoolState, hostUuid?: string): PoolState['hosts'] =>
  hostUuid === undefined ? hosts : hosts.filter(({ ref }) => db.host.get(ref).uuid === hostUuid);

function changeVersion(pool: PoolState, version: string, hostUuid?: string): void {
  const { host } = pool.db;
  const xapi = version.slice(0, version.lastIndexOf('.'));
  for (const { ref } of hostsOf(pool, hostUuid)) {
    const { software_version } = host.get(ref);
    host.update(ref, { software_version: { ...software_version, xapi, xapi_build: version } });
  }
}
