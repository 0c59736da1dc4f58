import { crc32c } from '../crc32c';
import type { Identified } from '../identified';
import { plainText, readUint64LE, uuidText } from '../text';

const AT = 65536;
const CHECKSUM_CRC32C = 0;

/** Source: btrfs documentation, "On-disk format", superblock. */
export function identifyBtrfs(head: Buffer): Identified | undefined {
  const superblock = head.subarray(AT, AT + 4096);
  if (superblock.toString('latin1', 64, 72) !== '_BHRfS_M') return undefined;
  const fileSystem = 'btrfs';
  const checked = superblock.readUInt16LE(196) === CHECKSUM_CRC32C;
  if (checked && crc32c(superblock.subarray(32)) !== superblock.readUInt32LE(0)) {
    return {
      fileSystem,
      faults: [{ offset: AT, message: 'The btrfs superblock does not match its checksum.' }],
    };
  }
  const devices = readUint64LE(superblock, 136);
  return {
    fileSystem,
    label: plainText(superblock.toString('utf8', 299, 299 + 256)),
    uuid: uuidText(superblock.subarray(32, 48)),
    // The device item holds this device's own size; the total covers all devices.
    sizeBytes: readUint64LE(superblock, 201 + 8),
    usedBytes: devices === 1 ? readUint64LE(superblock, 120) : undefined,
    note: devices > 1 ? `one of ${devices} devices` : undefined,
  };
}
