import type { Extent } from '../../../shared/blocks/extent';
import { RangeSet } from '../nbd/range-set';
import type { PoolState } from '../pool-state';

/** What was served of one disk over NBD, by all hosts together. */
export interface ServedDisk {
  readonly connections: number;
  readonly reads: number;
  /** Bytes sent; ranges that were read twice count twice. */
  readonly bytes: number;
  /** What was read at least once, merged. */
  readonly ranges: readonly Extent[];
}

export function servedOf({ hosts }: PoolState, vdiUuid: string): ServedDisk {
  const all = hosts.map(({ nbd }) => nbd.statistics.export(`/${vdiUuid}`));
  const ranges = new RangeSet();
  for (const served of all) for (const { offset, length } of served.ranges()) ranges.add(offset, length);
  const sum = (of: 'connections' | 'reads' | 'bytes'): number =>
    all.reduce((total, each) => total + each[of], 0);
  return {
    connections: sum('connections'),
    reads: sum('reads'),
    bytes: sum('bytes'),
    ranges: ranges.extents(),
  };
}

export interface HostConnections {
  readonly host: string;
  readonly open: number;
  readonly peak: number;
  readonly total: number;
  readonly refused: number;
}

export function connectionsOf({ hosts, db }: PoolState): HostConnections[] {
  return hosts.map(({ ref, nbd: { statistics } }) => ({
    host: db.host.get(ref).uuid,
    open: statistics.connections,
    peak: statistics.peakConnections,
    total: statistics.totalConnections,
    refused: statistics.refusedConnections,
  }));
}
