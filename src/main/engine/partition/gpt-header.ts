import { crc32 } from 'node:zlib';
import type { DiskWindow } from './disk-window';
import { readUint64LE } from './text';

const MOST_ENTRIES = 1024;
const MOST_ENTRY_BYTES = 4096;

/** One of the two GPT headers with its entries, both proven by their checksums. Positions in sectors. */
export interface GptHeader {
  readonly at: number;
  readonly other: number;
  readonly firstUsable: number;
  readonly lastUsable: number;
  readonly entriesAt: number;
  readonly entries: Buffer;
  readonly entrySize: number;
  readonly count: number;
}

/**
 * Reads and checks the header in sector `at`. Returns what is wrong as text, or undefined when there is no
 * header at all. Source: UEFI specification, section 5.3.
 */
export async function readGptHeader(
  disk: DiskWindow,
  at: number,
  sectorSize: number,
): Promise<GptHeader | string | undefined> {
  const sector = await disk.read(at * sectorSize, sectorSize);
  if (sector.toString('latin1', 0, 8) !== 'EFI PART') return undefined;
  const headerSize = sector.readUInt32LE(12);
  if (headerSize < 92 || headerSize > sectorSize) return `claims a size of ${headerSize} bytes`;
  const checksum = sector.readUInt32LE(16);
  sector.writeUInt32LE(0, 16);
  if (crc32(sector.subarray(0, headerSize)) !== checksum) return 'does not match its checksum';
  if (readUint64LE(sector, 24) !== at) return 'belongs to another place on the disk';

  const count = sector.readUInt32LE(80);
  const entrySize = sector.readUInt32LE(84);
  if (count > MOST_ENTRIES || entrySize < 128 || entrySize > MOST_ENTRY_BYTES || entrySize % 8 !== 0) {
    return `claims ${count} entries of ${entrySize} bytes`;
  }
  const entriesAt = readUint64LE(sector, 72);
  if (entriesAt < 2 || entriesAt * sectorSize + count * entrySize > disk.sizeBytes)
    return 'places its entries outside the disk';
  const entries = await disk.read(entriesAt * sectorSize, count * entrySize);
  if (crc32(entries) !== sector.readUInt32LE(88)) return 'has entries that do not match their checksum';
  return {
    at,
    other: readUint64LE(sector, 32),
    firstUsable: readUint64LE(sector, 40),
    lastUsable: readUint64LE(sector, 48),
    entriesAt,
    entries,
    entrySize,
    count,
  };
}
