import type { DiskLayout } from '../../../shared/model/partition';
import { attempt, type Result } from '../../../shared/model/result';
import type { BlockSource } from '../block-io/types';
import { describeWindow } from './describe';
import { DiskWindow } from './disk-window';
import { gapsIn } from './free-space';
import { readGpt } from './gpt';
import { HEAD_BYTES, identifyBootSector } from './identify';
import { LayoutBuilder } from './layout-builder';
import { readMbr, readMbrEntries } from './mbr';
import type { Partition, PartitionTable } from './partition-table';

/**
 * Reads what lies where on a disk: partition table, partitions, LVM volumes, file systems and some of their parts.
 * Reads little of the disk: the tables, and some 100 KiB per partition. What is damaged comes back in `faults`.
 * Fails only when the disk cannot be read.
 */
export function readDiskLayout(source: BlockSource): Promise<Result<DiskLayout>> {
  return attempt(async () => {
    const disk = DiskWindow.ofDisk(source);
    const table = await readTable(disk);
    const layout = new LayoutBuilder(table.scheme);
    for (const { offset, message } of table.faults) layout.fault(offset, message);
    if (table.scheme === 'none') {
      if (disk.sizeBytes > 0) await describeWindow(disk, { kind: 'whole-disk', name: 'Whole disk' }, layout);
    } else {
      for (const region of table.tables) layout.region({ ...region, kind: 'table' });
      for (const partition of table.partitions) await describePartition(disk, partition, layout);
      addFreeSpace(disk, table, layout);
    }
    return layout.build();
  });
}

async function readTable(disk: DiskWindow): Promise<PartitionTable> {
  const none: PartitionTable = { scheme: 'none', partitions: [], tables: [], faults: [] };
  const head = await disk.read(0, HEAD_BYTES);
  const entries = readMbrEntries(head);
  const gpt = await readGpt(disk, entries);
  if (gpt) return gpt;
  if (!entries?.some(({ type, sectors }) => type !== 0 && sectors !== 0)) return none;
  // A boot sector of a file system ends like an MBR and may even hold a made-up table.
  if (await identifyBootSector(head, disk)) return none;
  return readMbr(disk, entries);
}

async function describePartition(
  disk: DiskWindow,
  partition: Partition,
  layout: LayoutBuilder,
): Promise<void> {
  const { number, offset, length, type, name } = partition;
  const outer = {
    kind: 'partition' as const,
    name: `Partition ${number}`,
    note: name === undefined || name === type ? type : `${type}, named "${name}"`,
  };
  if (partition.extended) layout.region({ ...outer, offset, length });
  else await describeWindow(disk.of({ offset, length }), outer, layout);
}

function addFreeSpace(disk: DiskWindow, { partitions, tables }: PartitionTable, layout: LayoutBuilder): void {
  const extended = partitions.filter((partition) => partition.extended);
  const holding = partitions.filter((partition) => !partition.extended);
  const taken = [...tables, ...holding];
  const free = gapsIn({ offset: 0, length: disk.sizeBytes }, [...taken, ...extended]);
  for (const outer of extended) free.push(...gapsIn(outer, taken));
  for (const range of free) layout.region({ ...range, kind: 'free', name: 'Free space' });
}
