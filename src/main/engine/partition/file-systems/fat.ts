import type { DiskWindow } from '../disk-window';
import type { Identified } from '../identified';
import { plainText } from '../text';

/** FAT12, FAT16 and FAT32. Source: Microsoft, "FAT: General Overview of On-Disk Format", version 1.03. */
export async function identifyFat(head: Buffer, window: DiskWindow): Promise<Identified | undefined> {
  const sectorSize = head.readUInt16LE(11);
  const clusterSectors = head.readUInt8(13);
  const reserved = head.readUInt16LE(14);
  const copies = head.readUInt8(16);
  const jump = head.readUInt8(0);
  if (head.readUInt16LE(510) !== 0xaa55 || (jump !== 0xeb && jump !== 0xe9)) return undefined;
  if (![512, 1024, 2048, 4096].includes(sectorSize) || !isPowerOfTwo(clusterSectors)) return undefined;
  if (reserved === 0 || copies === 0 || copies > 2 || head.readUInt8(21) < 0xf0) return undefined;

  const sectors = head.readUInt16LE(19) || head.readUInt32LE(32);
  const tableSectors = head.readUInt16LE(22) || head.readUInt32LE(36);
  const rootSectors = Math.ceil((head.readUInt16LE(17) * 32) / sectorSize);
  const dataSectors = sectors - reserved - copies * tableSectors - rootSectors;
  if (tableSectors === 0 || dataSectors <= 0) return undefined;
  const clusters = Math.floor(dataSectors / clusterSectors);
  const wide = head.readUInt16LE(22) === 0;
  const extra = wide ? 64 : 36;
  const label = plainText(head.toString('latin1', extra + 7, extra + 18));
  const serial = head
    .readUInt32LE(extra + 3)
    .toString(16)
    .toUpperCase()
    .padStart(8, '0');
  const free = wide ? await freeClusters(head, window, sectorSize, clusters) : undefined;
  return {
    fileSystem: wide ? 'FAT32' : clusters < 4085 ? 'FAT12' : 'FAT16',
    label: label === 'NO NAME' ? undefined : label,
    uuid: `${serial.slice(0, 4)}-${serial.slice(4)}`,
    sizeBytes: sectors * sectorSize,
    usedBytes: free === undefined ? undefined : (sectors - free * clusterSectors) * sectorSize,
    details: [
      {
        name: 'File allocation tables',
        offset: reserved * sectorSize,
        length: copies * tableSectors * sectorSize,
      },
    ],
  };
}

const isPowerOfTwo = (value: number): boolean => value > 0 && (value & (value - 1)) === 0;

/** The count in the FSInfo sector, which is a hint that the driver keeps. */
async function freeClusters(
  head: Buffer,
  window: DiskWindow,
  sectorSize: number,
  clusters: number,
): Promise<number | undefined> {
  const info = await window.read(head.readUInt16LE(48) * sectorSize, 512);
  const free = info.readUInt32LE(488);
  const valid = info.toString('latin1', 0, 4) === 'RRaA' && info.toString('latin1', 484, 488) === 'rrAa';
  return valid && free <= clusters ? free : undefined;
}
