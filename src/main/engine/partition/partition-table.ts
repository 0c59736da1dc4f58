import type { DiskLayout } from '../../../shared/model/partition';

/** Partitions beyond this number are reported, not shown. */
export const MOST_PARTITIONS = 128;

export interface Partition {
  readonly number: number;
  /** Bytes on the disk. */
  readonly offset: number;
  readonly length: number;
  /** What the table says it is for. */
  readonly type: string;
  /** GPT: the partition's name. */
  readonly name?: string | undefined;
  /** MBR: holds logical partitions and nothing else. */
  readonly extended?: boolean;
}

/** A partition table as found, with what is wrong with it. */
export interface PartitionTable {
  readonly scheme: DiskLayout['scheme'];
  readonly partitions: readonly Partition[];
  /** Where the table itself lies. */
  readonly tables: readonly { readonly name: string; readonly offset: number; readonly length: number }[];
  readonly faults: DiskLayout['faults'];
}

/** Faults of partitions that overlap; both stay in the table. `partitions` without extended ones. */
export function overlapsOf(partitions: readonly Partition[]): DiskLayout['faults'] {
  const sorted = [...partitions].sort((left, right) => left.offset - right.offset);
  const faults: DiskLayout['faults'] = [];
  let furthest = sorted[0];
  for (const partition of sorted.slice(1)) {
    if (partition.offset < furthest.offset + furthest.length) {
      const message = `Partitions ${furthest.number} and ${partition.number} overlap.`;
      faults.push({ offset: partition.offset, message });
    }
    if (partition.offset + partition.length > furthest.offset + furthest.length) furthest = partition;
  }
  return faults;
}
