import { vhdChecksum } from './checksum';
import {
  DISK_DIFFERENCING,
  DISK_DYNAMIC,
  DISK_FIXED,
  FOOTER_BYTES,
  SECTOR_BYTES,
  type VhdDiskType,
} from './constants';
import { geometryOf } from './geometry';
import { uuidBytes, uuidText } from './uuid';

export const FOOTER_COOKIE = 'conectix';
const CHECKSUM_AT = 64;
const FORMAT_VERSION = 0x0001_0000;
/** 2000-01-01T00:00:00Z in Unix seconds: where VHD timestamps begin. */
const EPOCH = 946_684_800;

export interface VhdFooter {
  readonly diskType: VhdDiskType;
  readonly sizeBytes: number;
  /** Where the dynamic header stands; meaningless in a fixed disk. */
  readonly headerOffset: number;
  /** Seconds since 2000-01-01 UTC. */
  readonly timestamp: number;
  readonly uuid: string;
}

export const vhdTimestamp = (date: Date): number => Math.max(0, Math.floor(date.getTime() / 1000) - EPOCH);

export const dateOfTimestamp = (timestamp: number): Date => new Date((timestamp + EPOCH) * 1000);

export function encodeFooter(footer: VhdFooter): Buffer {
  const bytes = Buffer.alloc(FOOTER_BYTES);
  bytes.write(FOOTER_COOKIE, 0, 'latin1');
  bytes.writeUInt32BE(2, 8); // features: the reserved bit that is always set
  bytes.writeUInt32BE(FORMAT_VERSION, 12);
  bytes.writeBigUInt64BE(BigInt(footer.headerOffset), 16);
  bytes.writeUInt32BE(footer.timestamp, 24);
  // qemu takes the exact size from a "win " footer and the rounded geometry from most others; "tap" would promise a
  // batmap to libvhd. Source: qemu block/vpc.c vpc_open; blktap include/libvhd.h vhd_has_batmap.
  bytes.write('win ', 28, 'latin1');
  bytes.writeUInt32BE(0x000a_0000, 32);
  bytes.write('Wi2k', 36, 'latin1');
  bytes.writeBigUInt64BE(BigInt(footer.sizeBytes), 40);
  bytes.writeBigUInt64BE(BigInt(footer.sizeBytes), 48);
  const { cylinders, heads, sectorsPerTrack } = geometryOf(footer.sizeBytes / SECTOR_BYTES);
  bytes.writeUInt16BE(cylinders, 56);
  bytes.writeUInt8(heads, 58);
  bytes.writeUInt8(sectorsPerTrack, 59);
  bytes.writeUInt32BE(footer.diskType, 60);
  uuidBytes(footer.uuid).copy(bytes, 68);
  bytes.writeUInt32BE(vhdChecksum(bytes, CHECKSUM_AT), CHECKSUM_AT);
  return bytes;
}

/** The footer, or what is wrong with it. The size is the footer's current size, never its geometry. */
export function decodeFooter(bytes: Buffer): VhdFooter | string {
  if (bytes.toString('latin1', 0, 8) !== FOOTER_COOKIE) return 'there is no VHD footer';
  if (bytes.readUInt32BE(CHECKSUM_AT) !== vhdChecksum(bytes, CHECKSUM_AT)) {
    return 'the checksum of the VHD footer is wrong';
  }
  const version = bytes.readUInt32BE(12);
  if (version >>> 16 !== 1) return `VHD format version 0x${version.toString(16)} is not known`;
  const diskType = bytes.readUInt32BE(60);
  if (diskType !== DISK_FIXED && diskType !== DISK_DYNAMIC && diskType !== DISK_DIFFERENCING) {
    return `VHD disk type ${diskType} is not known`;
  }
  const sizeBytes = Number(bytes.readBigUInt64BE(48));
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes === 0 || sizeBytes % SECTOR_BYTES !== 0) {
    return `a disk size of ${sizeBytes} bytes is not possible`;
  }
  return {
    diskType,
    sizeBytes,
    headerOffset: Number(bytes.readBigUInt64BE(16)),
    timestamp: bytes.readUInt32BE(24),
    uuid: uuidText(bytes.subarray(68, 84)),
  };
}
