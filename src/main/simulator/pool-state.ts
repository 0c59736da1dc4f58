import type { CbtLogs } from './cbt/cbt-logs';
import type { HostCertificate } from './certificate';
import type { Clock } from './clock';
import type { CallFaults } from './control/call-faults';
import type { NbdServer } from './nbd/server';
import type { Database } from './records/database';
import type { VirtualDisk } from './storage/virtual-disk';
import type { Timings } from './timings';

/** One host of the demo pool and its two servers. */
export interface SimulatedHost {
  readonly ref: string;
  readonly hostName: string;
  readonly certificate: HostCertificate;
  readonly nbd: NbdServer;
  readonly address: string;
  readonly httpsPort: number;
  readonly nbdPort: number;
}

/** Everything the demo pool is made of; the calls work on it. */
export interface PoolState {
  readonly db: Database;
  readonly clock: Clock;
  readonly timings: Timings;
  readonly credentials: { readonly user: string; readonly password: string };
  /** Content of each VDI, by its reference. */
  readonly disks: Map<string, VirtualDisk>;
  readonly cbt: CbtLogs;
  readonly faults: CallFaults;
  readonly hosts: SimulatedHost[];
  /** The cancel switch of each task that something works on, by its reference. */
  readonly running: Map<string, AbortController>;
  readonly newUuid: () => string;
  /** References of all objects that the pool was built with. */
  readonly builtIn: Set<string>;
}

export const poolRef = (pool: PoolState): string => pool.db.pool.refs().next().value!;
export const masterRef = (pool: PoolState): string => pool.db.pool.get(poolRef(pool)).master;
