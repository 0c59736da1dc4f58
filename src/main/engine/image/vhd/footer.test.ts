import { describe, expect, it } from 'vitest';
import { DISK_DIFFERENCING, MAX_DISK_BYTES } from './constants';
import { decodeFooter, encodeFooter, vhdTimestamp, type VhdFooter } from './footer';

const footer: VhdFooter = {
  diskType: DISK_DIFFERENCING,
  sizeBytes: 5 * 1024 ** 2 + 512,
  headerOffset: 512,
  timestamp: 1234,
  uuid: '00112233-4455-6677-8899-aabbccddeeff',
};

describe('a VHD footer', () => {
  it('comes back as it was written', () => {
    expect(decodeFooter(encodeFooter(footer))).toEqual(footer);
    const largest = { ...footer, sizeBytes: MAX_DISK_BYTES };
    expect(decodeFooter(encodeFooter(largest))).toEqual(largest);
  });

  it('has the exact size, a creator that qemu takes at its word, and its uuid in order', () => {
    const bytes = encodeFooter(footer);
    expect(bytes.toString('latin1', 0, 8)).toBe('conectix');
    expect(bytes.readBigUInt64BE(48)).toBe(BigInt(footer.sizeBytes));
    expect(bytes.toString('latin1', 28, 32)).toBe('win ');
    expect(bytes.toString('hex', 68, 84)).toBe('00112233445566778899aabbccddeeff');
    const sum = bytes.reduce((total, byte) => total + byte, 0);
    const checksum = [...bytes.subarray(64, 68)].reduce((total, byte) => total + byte, 0);
    expect(bytes.readUInt32BE(64)).toBe(0xffff_ffff - (sum - checksum));
  });

  it('is refused when anything in it was changed', () => {
    for (let at = 0; at < 512; at++) {
      const bytes = encodeFooter(footer);
      bytes[at] ^= 1;
      expect(decodeFooter(bytes)).toBeTypeOf('string');
    }
  });

  it('counts seconds since 2000', () => {
    expect(vhdTimestamp(new Date('2000-01-01T00:01:00Z'))).toBe(60);
  });
});
