import type { DiskWindow } from './disk-window';
import { type GptHeader, readGptHeader } from './gpt-header';
import type { MbrEntry } from './mbr';
import { MOST_PARTITIONS, overlapsOf, type Partition, type PartitionTable } from './partition-table';
import { GPT_PROTECTIVE, gptTypeName } from './partition-types';
import { guidText, plainText, readUint64LE } from './text';

const SECTOR_SIZES = [512, 4096];

/** The GUID partition table, or undefined when the disk has none. The backup stands in for a damaged primary. */
export async function readGpt(
  disk: DiskWindow,
  mbr: readonly MbrEntry[] | undefined,
): Promise<PartitionTable | undefined> {
  for (const sectorSize of SECTOR_SIZES) {
    if (disk.sizeBytes < 3 * sectorSize) continue;
    const faults: PartitionTable['faults'] = [];
    const header = await chooseHeader(disk, sectorSize, isProtective(mbr), faults);
    if (header === undefined) continue;
    if (!isProtective(mbr))
      faults.push({ offset: 0, message: 'The GPT has no protective MBR in front of it.' });
    return tableOf(disk, header, sectorSize, faults);
  }
  if (!isProtective(mbr)) return undefined;
  const missing = { offset: 512, message: 'The MBR announces a GPT, but there is none.' };
  return { scheme: 'gpt', partitions: [], tables: [PROTECTIVE_MBR], faults: [missing] };
}

const PROTECTIVE_MBR = { name: 'Protective MBR', offset: 0, length: 512 };

const isProtective = (mbr: readonly MbrEntry[] | undefined): boolean =>
  mbr?.some(({ type }) => type === GPT_PROTECTIVE) ?? false;

/**
 * A sound header; `damaged` when there are only broken ones. The place of the backup is the disk's last sector, but
 * a disk that has grown still has it where it ended before.
 */
async function chooseHeader(
  disk: DiskWindow,
  sectorSize: number,
  expected: boolean,
  faults: PartitionTable['faults'],
): Promise<GptHeader | 'damaged' | undefined> {
  const last = Math.floor(disk.sizeBytes / sectorSize) - 1;
  const read = async (at: number, which: string): Promise<GptHeader | undefined> => {
    const header = await readGptHeader(disk, at, sectorSize);
    if (typeof header === 'object') return header;
    const message = `The ${which} GPT header ${header ?? 'is missing'}.`;
    faults.push({ offset: at * sectorSize, message });
    return undefined;
  };
  const primary = await readGptHeader(disk, 1, sectorSize);
  if (typeof primary !== 'object') {
    const backup = await readGptHeader(disk, last, sectorSize);
    if (primary === undefined && (backup === undefined || !expected)) return undefined;
    faults.push({ offset: sectorSize, message: `The primary GPT header ${primary ?? 'is missing'}.` });
    return (await read(last, 'backup')) ?? 'damaged';
  }
  if (primary.other > last) {
    faults.push({
      offset: sectorSize,
      message: 'The backup GPT header would lie beyond the end of the disk.',
    });
    return primary;
  }
  if (primary.other !== last) {
    faults.push({
      offset: primary.other * sectorSize,
      message: 'The backup GPT header is not at the end of the disk; the disk has grown.',
    });
  }
  const backup = await read(primary.other, 'backup');
  if (backup && !backup.entries.equals(primary.entries)) {
    faults.push({
      offset: backup.entriesAt * sectorSize,
      message: 'The two copies of the GPT name different partitions.',
    });
  }
  return primary;
}

function tableOf(
  disk: DiskWindow,
  header: GptHeader | 'damaged',
  sectorSize: number,
  faults: PartitionTable['faults'],
): PartitionTable {
  const tables = [PROTECTIVE_MBR];
  if (header === 'damaged') return { scheme: 'gpt', partitions: [], tables, faults };
  tables.push(...placesOf(disk, header, sectorSize));
  const partitions: Partition[] = [];
  for (let index = 0; index < header.count; index++) {
    const entry = header.entries.subarray(index * header.entrySize, (index + 1) * header.entrySize);
    if (entry.subarray(0, 16).every((byte) => byte === 0)) continue;
    const entryAt = header.entriesAt * sectorSize + index * header.entrySize;
    const partition = partitionOf(entry, index + 1, sectorSize);
    if (partition.length <= 0 || partition.offset + partition.length > disk.sizeBytes) {
      faults.push({
        offset: entryAt,
        message: `Partition ${index + 1} lies beyond the end of the disk or has no size.`,
      });
    } else if (partitions.length === MOST_PARTITIONS) {
      faults.push({ offset: entryAt, message: `Only the first ${MOST_PARTITIONS} partitions are shown.` });
      break;
    } else partitions.push(partition);
  }
  faults.push(...overlapsOf(partitions));
  return { scheme: 'gpt', partitions, tables, faults };
}

function partitionOf(entry: Buffer, number: number, sectorSize: number): Partition {
  const first = readUint64LE(entry, 32);
  return {
    number,
    offset: first * sectorSize,
    length: (readUint64LE(entry, 40) - first + 1) * sectorSize,
    type: gptTypeName(guidText(entry.subarray(0, 16))),
    name: plainText(entry.toString('utf16le', 56, 128)),
  };
}

/** Where the header that was used and the other one lie, with their entries. */
function placesOf(disk: DiskWindow, header: GptHeader, sectorSize: number): PartitionTable['tables'] {
  const entriesBytes = header.count * header.entrySize;
  const primaryEnd = (header.at === 1 ? header.entriesAt : 2) * sectorSize + entriesBytes;
  const backupAt = (header.at === 1 ? header.other : header.at) * sectorSize;
  const tables = [{ name: 'GPT', offset: sectorSize, length: primaryEnd - sectorSize }];
  const backupStart = backupAt - entriesBytes;
  if (backupStart > primaryEnd && backupAt + sectorSize <= disk.sizeBytes) {
    tables.push({ name: 'GPT (backup)', offset: backupStart, length: entriesBytes + sectorSize });
  }
  return tables;
}
