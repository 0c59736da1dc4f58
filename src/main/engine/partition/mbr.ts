import type { DiskWindow } from './disk-window';
import { MOST_PARTITIONS, overlapsOf, type Partition, type PartitionTable } from './partition-table';
import { isExtendedType, mbrTypeName } from './partition-types';

const SECTOR = 512;
const FIRST_LOGICAL = 5;

export interface MbrEntry {
  readonly type: number;
  /** In sectors; in an extended partition relative to where it or the entry's own sector begins. */
  readonly start: number;
  readonly sectors: number;
}

/** The four entries of a boot sector, or undefined when it cannot be an MBR. Source: UEFI specification, section 5.2. */
export function readMbrEntries(sector: Buffer): MbrEntry[] | undefined {
  if (sector.readUInt16LE(510) !== 0xaa55) return undefined;
  const entries: MbrEntry[] = [];
  for (let at = 446; at < 510; at += 16) {
    const active = sector.readUInt8(at);
    if (active !== 0 && active !== 0x80) return undefined;
    entries.push({
      type: sector.readUInt8(at + 4),
      start: sector.readUInt32LE(at + 8),
      sectors: sector.readUInt32LE(at + 12),
    });
  }
  return entries;
}

/** The partitions of an MBR with its logical ones. */
export async function readMbr(disk: DiskWindow, entries: readonly MbrEntry[]): Promise<PartitionTable> {
  const partitions: Partition[] = [];
  const faults: PartitionTable['faults'] = [];
  const tables = [{ name: 'Master boot record', offset: 0, length: SECTOR }];
  for (const [index, entry] of entries.entries()) {
    if (entry.type === 0 || entry.sectors === 0) continue;
    const partition = partitionOf(index + 1, entry, 0);
    if (!lies(partition, disk)) {
      faults.push({
        offset: 446 + index * 16,
        message: `Partition ${index + 1} lies beyond the end of the disk.`,
      });
      continue;
    }
    partitions.push(partition);
    if (partition.extended) await readLogical(disk, partition, partitions, tables, faults);
  }
  const holding = partitions.filter(({ extended }) => !extended);
  return { scheme: 'mbr', partitions, tables, faults: [...faults, ...overlapsOf(holding)] };
}

/** Follows the chain of boot records in an extended partition; each names one logical partition and the next record. */
async function readLogical(
  disk: DiskWindow,
  extended: Partition,
  partitions: Partition[],
  tables: { name: string; offset: number; length: number }[],
  faults: PartitionTable['faults'],
): Promise<void> {
  const seen = new Set<number>();
  let number = Math.max(FIRST_LOGICAL, (partitions.at(-1)?.number ?? 0) + 1);
  for (let at = extended.offset; ;) {
    if (seen.has(at) || seen.size === MOST_PARTITIONS) {
      faults.push({ offset: at, message: 'The chain of logical partitions does not end.' });
      return;
    }
    seen.add(at);
    const entries = readMbrEntries(await disk.read(at, SECTOR));
    if (!entries) {
      faults.push({ offset: at, message: 'The boot record of a logical partition is damaged.' });
      return;
    }
    tables.push({ name: 'Extended boot record', offset: at, length: SECTOR });
    const [own, next] = entries;
    if (own.type !== 0 && own.sectors !== 0) {
      const partition = partitionOf(number, own, at);
      if (liesIn(partition, extended)) partitions.push(partition);
      else
        faults.push({
          offset: at + 446,
          message: `Partition ${number} does not lie in its extended partition.`,
        });
      number++;
    }
    if (next.type === 0 || next.sectors === 0) return;
    at = extended.offset + next.start * SECTOR;
    if (at + SECTOR > extended.offset + extended.length) {
      faults.push({ offset: at, message: 'The chain of logical partitions leaves its extended partition.' });
      return;
    }
  }
}

function partitionOf(number: number, entry: MbrEntry, base: number): Partition {
  return {
    number,
    offset: base + entry.start * SECTOR,
    length: entry.sectors * SECTOR,
    type: mbrTypeName(entry.type),
    extended: isExtendedType(entry.type),
  };
}

const lies = (partition: Partition, disk: DiskWindow): boolean =>
  partition.offset > 0 && partition.offset + partition.length <= disk.sizeBytes;

const liesIn = (partition: Partition, outer: Partition): boolean =>
  partition.offset > outer.offset && partition.offset + partition.length <= outer.offset + outer.length;
