import { crc32c } from '../crc32c';
import type { Identified } from '../identified';
import { plainText, readUint64BE, uuidText } from '../text';

/** Source: XFS Algorithms & Data Structures, "Superblocks". All numbers are big-endian but the checksum. */
export function identifyXfs(head: Buffer): Identified | undefined {
  if (head.toString('latin1', 0, 4) !== 'XFSB') return undefined;
  const blockSize = head.readUInt32BE(4);
  const sectorSize = head.readUInt16BE(102);
  if (![512, 1024, 2048, 4096, 8192, 16384, 32768, 65536].includes(blockSize)) return undefined;
  const fileSystem = 'XFS';
  if ((head.readUInt16BE(100) & 0xf) === 5 && !checksumHolds(head, sectorSize)) {
    return {
      fileSystem,
      faults: [{ offset: 0, message: 'The XFS superblock does not match its checksum.' }],
    };
  }
  const blocks = readUint64BE(head, 8);
  const free = readUint64BE(head, 144);
  const log = logOf(head, blocks);
  return {
    fileSystem,
    label: plainText(head.toString('utf8', 108, 120)),
    uuid: uuidText(head.subarray(32, 48)),
    sizeBytes: blocks * blockSize,
    usedBytes: free <= blocks ? (blocks - free) * blockSize : undefined,
    details: log ? [{ name: 'Log', offset: log.start * blockSize, length: log.blocks * blockSize }] : [],
  };
}

function checksumHolds(head: Buffer, sectorSize: number): boolean {
  if (sectorSize < 512 || sectorSize > 32768) return false;
  const sector = Buffer.from(head.subarray(0, sectorSize));
  sector.writeUInt32LE(0, 224);
  return crc32c(sector) === head.readUInt32LE(224);
}

/** The internal log, in blocks from the start. Its address holds the allocation group in the upper bits. */
function logOf(head: Buffer, blocks: number): { start: number; blocks: number } | undefined {
  const address = readUint64BE(head, 48);
  const groupBlocks = head.readUInt32BE(84);
  const groupBits = 2 ** head.readUInt8(124);
  const logBlocks = head.readUInt32BE(96);
  if (address === 0 || logBlocks === 0) return undefined;
  const start = Math.floor(address / groupBits) * groupBlocks + (address % groupBits);
  return start + logBlocks <= blocks ? { start, blocks: logBlocks } : undefined;
}
