import type { DiskWindow } from '../disk-window';
import type { Detail, Identified, WindowFault } from '../identified';
import { plainText, readUint64LE } from '../text';
import { attribute, DATA, readRecord, residentValue, runsOf, VOLUME_NAME } from './ntfs-record';

const MFT_RECORD = 0;
const LOG_RECORD = 2;
const VOLUME_RECORD = 3;

/** Source: Linux-NTFS project, "NTFS documentation", $Boot and $MFT. */
export async function identifyNtfs(head: Buffer, window: DiskWindow): Promise<Identified | undefined> {
  if (head.toString('latin1', 3, 11) !== 'NTFS    ' || head.readUInt16LE(510) !== 0xaa55) return undefined;
  const sectorSize = head.readUInt16LE(11);
  const perCluster = head.readUInt8(13);
  const clusterSize = sectorSize * (perCluster > 0x80 ? 2 ** (256 - perCluster) : perCluster);
  const recordCode = head.readInt8(64);
  const recordSize = recordCode < 0 ? 2 ** -recordCode : recordCode * clusterSize;
  if (![512, 1024, 2048, 4096].includes(sectorSize) || clusterSize === 0 || clusterSize > 2 * 1024 * 1024)
    return undefined;
  if (![512, 1024, 2048, 4096].includes(recordSize)) return undefined;

  const mftAt = readUint64LE(head, 48) * clusterSize;
  const faults: WindowFault[] = [];
  const record = async (number: number): Promise<Buffer | undefined> => {
    const offset = mftAt + number * recordSize;
    const content =
      offset < window.sizeBytes ? readRecord(await window.read(offset, recordSize), sectorSize) : undefined;
    if (!content)
      faults.push({
        offset: Math.min(offset, window.sizeBytes),
        message: `The NTFS file record ${number} is damaged.`,
      });
    return content;
  };
  const volume = await record(VOLUME_RECORD);
  const name = volume && residentValue(attribute(volume, VOLUME_NAME));
  return {
    fileSystem: 'NTFS',
    label: name && plainText(name.toString('utf16le')),
    uuid: head.readBigUInt64LE(72).toString(16).toUpperCase().padStart(16, '0'),
    // The last sector holds the copy of the boot sector and is not counted.
    sizeBytes: (readUint64LE(head, 40) + 1) * sectorSize,
    details: [
      ...dataOf(await record(MFT_RECORD), 'Master file table ($MFT)', clusterSize),
      ...dataOf(await record(LOG_RECORD), 'Journal ($LogFile)', clusterSize),
    ],
    faults,
  };
}

function dataOf(record: Buffer | undefined, name: string, clusterSize: number): Detail[] {
  if (!record) return [];
  return runsOf(attribute(record, DATA)).map(({ start, clusters }) => ({
    name,
    offset: start * clusterSize,
    length: clusters * clusterSize,
  }));
}
