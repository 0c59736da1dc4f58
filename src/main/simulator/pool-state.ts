import { CbtLogs } from './cbt/cbt-logs';
import type { HostCertificate } from './certificate';
import { Clock } from './clock';
import { CallFaults } from './control/call-faults';
import type { NbdServer } from './nbd/server';
import { seededUuids } from './random';
import { createDatabase, type Database } from './records/database';
import type { DemoDisk } from './storage/demo-disks';
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

/** What a VM's guest does with its disks. */
export interface GuestSetup {
  /** Name of its habits. */
  readonly machine: string;
  /** What its disks were made from, by position. */
  readonly disks: ReadonlyMap<string, DemoDisk>;
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
  /** The demo machines, by reference of their VM. */
  readonly guests: Map<string, GuestSetup>;
  readonly newUuid: () => string;
  /** References of all objects that the pool was built with. */
  readonly builtIn: Set<string>;
}

export function poolRef({ db }: PoolState): string {
  const [ref] = db.pool.refs();
  if (ref === undefined) throw new Error('the pool is not built yet');
  return ref;
}

export const masterRef = (pool: PoolState): string => pool.db.pool.get(poolRef(pool)).master;

/** A pool without any object. */
export function emptyPool({ seed, timings, password }: EmptyPoolOptions): PoolState {
  const newUuid = seededUuids(seed);
  return {
    db: createDatabase(newUuid),
    clock: new Clock(),
    timings,
    credentials: { user: 'root', password },
    disks: new Map(),
    cbt: new CbtLogs(),
    faults: new CallFaults(),
    hosts: [],
    running: new Map(),
    guests: new Map(),
    newUuid,
    builtIn: new Set(),
  };
}

export interface EmptyPoolOptions {
  /** Decides the uuids. */
  readonly seed: number;
  readonly timings: Timings;
  readonly password: string;
}
