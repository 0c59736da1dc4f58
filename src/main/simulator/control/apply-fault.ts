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

type NbdFault = Extract<Fault, { host?: string | undefined }>;

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

function nbdFaultsOf({ hosts, db }: PoolState, hostUuid?: string): NbdFaults[] {
  const chosen =
    hostUuid === undefined ? hosts : hosts.filter(({ ref }) => db.host.get(ref).uuid === hostUuid);
  return chosen.map(({ nbd }) => nbd.faults);
}
