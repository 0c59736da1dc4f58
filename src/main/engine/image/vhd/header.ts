import { vhdChecksum } from './checksum';
import { BLOCK_BYTES, HEADER_BYTES } from './constants';
import { LOCATOR_ENTRIES, type LocatorEntry } from './locators';
import { NO_UUID, uuidBytes, uuidText } from './uuid';

const HEADER_COOKIE = 'cxsparse';
const CHECKSUM_AT = 36;
const NAME_AT = 64;
const NAME_BYTES = 512;
const LOCATORS_AT = 576;
const LOCATOR_BYTES = 24;
/** Longest parent name, in UTF-16 units. */
export const PARENT_NAME_UNITS = NAME_BYTES / 2;

export interface VhdHeader {
  readonly tableOffset: number;
  /** Entries of the block allocation table. */
  readonly tableEntries: number;
  readonly blockBytes: number;
  readonly parentUuid: string;
  readonly parentTimestamp: number;
  readonly parentName: string;
  readonly locators: readonly LocatorEntry[];
}

export const withoutParent = {
  parentUuid: NO_UUID,
  parentTimestamp: 0,
  parentName: '',
  locators: [],
} as const satisfies Partial<VhdHeader>;

export function encodeHeader(header: VhdHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write(HEADER_COOKIE, 0, 'latin1');
  bytes.fill(0xff, 8, 16); // no further header
  bytes.writeBigUInt64BE(BigInt(header.tableOffset), 16);
  bytes.writeUInt32BE(0x0001_0000, 24);
  bytes.writeUInt32BE(header.tableEntries, 28);
  bytes.writeUInt32BE(header.blockBytes, 32);
  uuidBytes(header.parentUuid).copy(bytes, 40);
  bytes.writeUInt32BE(header.parentTimestamp, 56);
  Buffer.from(header.parentName, 'utf16le').swap16().copy(bytes, NAME_AT, 0, NAME_BYTES);
  header.locators.forEach((locator, index) => {
    const at = LOCATORS_AT + index * LOCATOR_BYTES;
    bytes.write(locator.code, at, 'latin1');
    // In sectors, as specified; libvhd also takes bytes, vhd-lib does not.
    bytes.writeUInt32BE(locator.sectors, at + 4);
    bytes.writeUInt32BE(locator.length, at + 8);
    bytes.writeBigUInt64BE(BigInt(locator.offset), at + 16);
  });
  bytes.writeUInt32BE(vhdChecksum(bytes, CHECKSUM_AT), CHECKSUM_AT);
  return bytes;
}

/** The header, or what is wrong with it. */
export function decodeHeader(bytes: Buffer): VhdHeader | string {
  if (bytes.toString('latin1', 0, 8) !== HEADER_COOKIE) return 'there is no dynamic disk header';
  if (bytes.readUInt32BE(CHECKSUM_AT) !== vhdChecksum(bytes, CHECKSUM_AT)) {
    return 'the checksum of the dynamic disk header is wrong';
  }
  const blockBytes = bytes.readUInt32BE(32);
  if (
    blockBytes < BLOCK_BYTES / 32 ||
    blockBytes > BLOCK_BYTES * 32 ||
    (blockBytes & (blockBytes - 1)) !== 0
  ) {
    return `a block size of ${blockBytes} bytes is not possible`;
  }
  const name = Buffer.from(bytes.subarray(NAME_AT, NAME_AT + NAME_BYTES))
    .swap16()
    .toString('utf16le');
  return {
    tableOffset: Number(bytes.readBigUInt64BE(16)),
    tableEntries: bytes.readUInt32BE(28),
    blockBytes,
    parentUuid: uuidText(bytes.subarray(40, 56)),
    parentTimestamp: bytes.readUInt32BE(56),
    parentName: name.replace(/\0.*$/su, ''),
    locators: Array.from({ length: LOCATOR_ENTRIES }, (_, index) => {
      const at = LOCATORS_AT + index * LOCATOR_BYTES;
      return {
        code: bytes.toString('latin1', at, at + 4),
        sectors: bytes.readUInt32BE(at + 4),
        length: bytes.readUInt32BE(at + 8),
        offset: Number(bytes.readBigUInt64BE(at + 16)),
      };
    }).filter(({ code, length }) => code !== '\0\0\0\0' && length > 0),
  };
}
