import type { DiskWindow } from '../disk-window';
import type { Identified } from '../identified';
import { plainText, readUint64LE } from '../text';

const ENTRY = 32;
const LABEL_ENTRY = 0x83;

/** Source: Microsoft, "exFAT file system specification", sections 3.1 and 7.3. */
export async function identifyExfat(head: Buffer, window: DiskWindow): Promise<Identified | undefined> {
  if (head.toString('latin1', 3, 11) !== 'EXFAT   ' || head.readUInt16LE(510) !== 0xaa55) return undefined;
  const sectorShift = head.readUInt8(108);
  const clusterShift = sectorShift + head.readUInt8(109);
  if (sectorShift < 9 || sectorShift > 12 || clusterShift > 25) return undefined;
  const sectorSize = 2 ** sectorShift;
  const clusterSize = 2 ** clusterShift;
  const heap = head.readUInt32LE(88) * sectorSize;
  const percent = head.readUInt8(112);
  const rootAt = heap + (head.readUInt32LE(96) - 2) * clusterSize;
  const serial = head.readUInt32LE(100).toString(16).toUpperCase().padStart(8, '0');
  return {
    fileSystem: 'exFAT',
    label: rootAt > 0 ? labelIn(await window.read(rootAt, Math.min(clusterSize, 4096))) : undefined,
    uuid: `${serial.slice(0, 4)}-${serial.slice(4)}`,
    sizeBytes: readUint64LE(head, 72) * sectorSize,
    usedBytes: percent <= 100 ? Math.floor((head.readUInt32LE(92) * percent) / 100) * clusterSize : undefined,
    details: [
      {
        name: 'File allocation tables',
        offset: head.readUInt32LE(80) * sectorSize,
        length: head.readUInt32LE(84) * Math.max(1, head.readUInt8(110)) * sectorSize,
      },
    ],
  };
}

function labelIn(directory: Buffer): string | undefined {
  for (let at = 0; at + ENTRY <= directory.length && directory[at] !== 0; at += ENTRY) {
    if (directory[at] !== LABEL_ENTRY) continue;
    const characters = Math.min(directory.readUInt8(at + 1), 11);
    return plainText(directory.toString('utf16le', at + 2, at + 2 + characters * 2));
  }
  return undefined;
}
