import { blockCount, CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { largerThanAny, MOST_DISK_BYTES } from '../../../../shared/blocks/disk-size';
import { fail } from '../../../../shared/model/failure';
import { isZero } from '../../block-io/zeros';

/**
 * The checksum file: a 64-byte header, then 8 bytes (little-endian) per 64 KiB block of the disk at `64 + 8 * block`.
 * 0 means that the image does not store the block. Sparse: only touched pages take space. See docs/formats.md.
 */
export const HEADER_BYTES = 64;
export const SUM_BYTES = 8;
/** Sums are read and written in pages of 512, which is 32 MiB of disk. */
export const PAGE_SUMS = 512;
export const PAGE_BYTES = PAGE_SUMS * SUM_BYTES;

const MAGIC = 'DELTASUM';
const ALGORITHM = 'xxh64';
const VERSION = 1;
const UUID_AT = 32;
const UUID_BYTES = 16;

export const sumPosition = (block: number): number => HEADER_BYTES + block * SUM_BYTES;
export const fileBytes = (sizeBytes: number): number => sumPosition(blockCount(sizeBytes));

/** Whether any block from `first` to before `end` has a sum. @param pageOf undefined: a page that holds none. */
export function anySum(first: number, end: number, pageOf: (page: number) => Buffer | undefined): boolean {
  for (let from = first; from < end;) {
    const page = Math.floor(from / PAGE_SUMS);
    const to = Math.min(end, (page + 1) * PAGE_SUMS);
    const sums = pageOf(page);
    if (sums && !isZero(sums, (from % PAGE_SUMS) * SUM_BYTES, (to - from) * SUM_BYTES)) return true;
    from = to;
  }
  return false;
}

/** @param uuid of the export */
export function encodeHeader(sizeBytes: number, uuid?: string): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, 0, 'latin1');
  header.writeUInt32LE(VERSION, 8);
  header.writeUInt32LE(CBT_BLOCK_SIZE, 12);
  header.write(ALGORITHM, 16, 'latin1');
  header.writeBigUInt64LE(BigInt(sizeBytes), 24);
  if (uuid !== undefined) header.write(uuid.replaceAll('-', ''), UUID_AT, 'hex');
  return header;
}

/** The header is that of an export with this uuid. */
export const isOf = (header: Buffer, uuid: string | undefined): boolean =>
  header.toString('hex', UUID_AT, UUID_AT + UUID_BYTES) ===
  (uuid?.replaceAll('-', '').toLowerCase() ?? '0'.repeat(2 * UUID_BYTES));

/**
 * The disk size in bytes that the header states.
 * @throws FailureError `checksums-damaged`, `checksums-too-new`.
 */
export function decodeHeader(header: Buffer, path: string): number {
  const damaged = (why: string): never =>
    fail({
      code: 'checksums-damaged',
      message: `The checksum file ${path} is damaged: ${why}.`,
      nextStep: 'Restore this file from where it was copied, or export the disk again.',
    });
  if (header.length < HEADER_BYTES) damaged(`it is shorter than its ${HEADER_BYTES}-byte header`);
  if (header.toString('latin1', 0, 8) !== MAGIC)
    damaged('it does not start with the expected mark (offset 0)');
  if (header.readUInt32LE(8) !== VERSION) {
    fail({
      code: 'checksums-too-new',
      message: `The checksum file ${path} has version ${header.readUInt32LE(8)}, which this Deltascope does not know.`,
      nextStep: 'Use the Deltascope version that wrote it, or a newer one.',
    });
  }
  if (header.readUInt32LE(12) !== CBT_BLOCK_SIZE) damaged('its block size is not 65536 (offset 12)');
  if (header.toString('latin1', 16, 24).replace(/\0+$/, '') !== ALGORITHM)
    damaged('its algorithm is not xxh64 (offset 16)');
  const sizeBytes = header.readBigUInt64LE(24);
  if (sizeBytes > BigInt(MOST_DISK_BYTES)) damaged(`${largerThanAny(sizeBytes)} (offset 24)`);
  return Number(sizeBytes);
}
