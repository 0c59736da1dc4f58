import { crc32c } from '../crc32c';
import type { Detail, Identified } from '../identified';
import { plainText, uuidText } from '../text';

const AT = 1024;
const COMPAT_JOURNAL = 0x4;
const INCOMPAT_JOURNAL_DEVICE = 0x8;
const INCOMPAT_64BIT = 0x80;
/** Features that ext3 does not have: extents, 64 bit, multiple mount protection, flexible groups and later ones. */
const INCOMPAT_EXT4 = ~0x1f;
const RO_EXT4 = ~0x7;
const RO_METADATA_CHECKSUM = 0x400;

/** ext2, ext3 and ext4. Source: Linux Documentation/filesystems/ext4, "Super Block". */
export function identifyExt(head: Buffer): Identified | undefined {
  const superblock = head.subarray(AT, AT + 1024);
  if (superblock.readUInt16LE(56) !== 0xef53) return undefined;
  const logBlockSize = superblock.readUInt32LE(24);
  if (logBlockSize > 6) return undefined;
  const incompatible = superblock.readUInt32LE(96);
  const readOnlyCompatible = superblock.readUInt32LE(100);
  const common = {
    label: plainText(superblock.toString('utf8', 120, 136)),
    uuid: uuidText(superblock.subarray(104, 120)),
  };
  if (incompatible & INCOMPAT_JOURNAL_DEVICE) return { fileSystem: 'ext journal', ...common };
  const fileSystem = nameOf(superblock.readUInt32LE(92), incompatible, readOnlyCompatible);

  if (
    readOnlyCompatible & RO_METADATA_CHECKSUM &&
    ~crc32c(superblock.subarray(0, 1020)) >>> 0 !== superblock.readUInt32LE(1020)
  ) {
    return {
      fileSystem,
      faults: [{ offset: AT, message: `The ${fileSystem} superblock does not match its checksum.` }],
    };
  }
  const blockSize = 1024 << logBlockSize;
  const wide = (low: number, high: number): number =>
    superblock.readUInt32LE(low) +
    (incompatible & INCOMPAT_64BIT ? superblock.readUInt32LE(high) * 2 ** 32 : 0);
  const blocks = wide(4, 0x150);
  const free = wide(12, 0x158);
  return {
    fileSystem,
    ...common,
    sizeBytes: blocks * blockSize,
    usedBytes: free <= blocks ? (blocks - free) * blockSize : undefined,
    details: journalOf(superblock, blockSize, blocks),
  };
}

function nameOf(compatible: number, incompatible: number, readOnlyCompatible: number): string {
  if (incompatible & INCOMPAT_EXT4 || readOnlyCompatible & RO_EXT4) return 'ext4';
  return compatible & COMPAT_JOURNAL ? 'ext3' : 'ext2';
}

/** The superblock keeps a copy of the journal inode's block map; read when it is a flat list of extents. */
function journalOf(superblock: Buffer, blockSize: number, blocks: number): Detail[] {
  const map = superblock.subarray(0x10c, 0x10c + 60);
  const copied = superblock.readUInt8(0xfd) === 1;
  const flatExtents = map.readUInt16LE(0) === 0xf30a && map.readUInt16LE(6) === 0;
  const count = map.readUInt16LE(2);
  if (!copied || !flatExtents || count > 4) return [];
  const details: Detail[] = [];
  for (let index = 0; index < count; index++) {
    const at = 12 + index * 12;
    const length = map.readUInt16LE(at + 4);
    const start = map.readUInt16LE(at + 6) * 2 ** 32 + map.readUInt32LE(at + 8);
    if (length === 0 || length > 32768 || start + length > blocks) return [];
    details.push({ name: 'Journal', offset: start * blockSize, length: length * blockSize });
  }
  return details;
}
