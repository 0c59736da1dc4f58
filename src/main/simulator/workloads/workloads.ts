import type { Extent } from '../../../shared/blocks/extent';
import type { VirtualDisk } from '../storage/virtual-disk';
import { databasePages } from './database';
import { idle, logAppend, packageUpdate, randomWrites } from './files';
import { Guest, type GuestWrite } from './guest';
import { defragmentation, swapping, zeroing } from './space';

const KIB = 1024;
const MIB = 1024 * KIB;

export type WorkloadName =
  | 'log-append'
  | 'database'
  | 'package-update'
  | 'random-writes'
  | 'zeroing'
  | 'swapping'
  | 'defragmentation'
  | 'idle';

export interface Workload {
  /** What an admin would call it. */
  readonly title: string;
  /** Bytes of one run when nothing else is said. */
  readonly usualBytes: number;
  /** The guest's writes; most go on for ever. */
  writes(guest: Guest): Iterable<GuestWrite> | AsyncIterable<GuestWrite>;
}

/** Each gives a disk a picture of its own. */
export const workloads: Readonly<Record<WorkloadName, Workload>> = {
  'log-append': { title: 'Growing log', usualBytes: 6 * MIB, writes: logAppend },
  database: { title: 'Database', usualBytes: 10 * MIB, writes: databasePages },
  'package-update': { title: 'Package update', usualBytes: 16 * MIB, writes: packageUpdate },
  'random-writes': { title: 'Random writes', usualBytes: 2 * MIB, writes: randomWrites },
  zeroing: { title: 'Deleted files', usualBytes: 6 * MIB, writes: zeroing },
  swapping: { title: 'Swapping', usualBytes: 10 * MIB, writes: swapping },
  defragmentation: { title: 'Defragmentation', usualBytes: 12 * MIB, writes: defragmentation },
  idle: { title: 'Idle', usualBytes: 96 * KIB, writes: idle },
};

export interface WorkloadOptions {
  /** The same seed on the same disk gives the same writes. */
  readonly seed: number;
  /** At least so many bytes are written, unless the workload runs out of things to do. */
  readonly amountBytes?: number | undefined;
  /** The partition to work in; left out, the disk without its first and last MiB, where partition tables lie. */
  readonly area?: Extent | undefined;
}

export interface WorkloadResult {
  readonly bytesWritten: number;
  readonly writes: number;
}

/** Writes to a live disk as a guest would. */
export async function runWorkload(
  disk: VirtualDisk,
  name: WorkloadName,
  { seed, amountBytes, area }: WorkloadOptions,
): Promise<WorkloadResult> {
  const workload = workloads[name];
  const amount = amountBytes ?? workload.usualBytes;
  const guest = new Guest(disk, area ?? betweenTables(disk.sizeBytes), seed);
  let bytesWritten = 0;
  let writes = 0;
  if (amount <= 0) return { bytesWritten, writes };
  for await (const { offset, length, data } of workload.writes(guest)) {
    if (data) disk.write(offset, data);
    else disk.zero(offset, length);
    bytesWritten += length;
    writes++;
    if (bytesWritten >= amount) break;
  }
  return { bytesWritten, writes };
}

function betweenTables(sizeBytes: number): Extent {
  const tables = sizeBytes >= 8 * MIB ? MIB : 0;
  return { offset: tables, length: sizeBytes - 2 * tables };
}
