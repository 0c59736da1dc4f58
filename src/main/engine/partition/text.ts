/** Text from a disk, fit to be shown: no control or direction characters, cut where a name would end. */
export function plainText(text: string): string | undefined {
  const clean = text.replace(/\0.*$/su, '').replace(/\p{C}/gu, '').trim().slice(0, 200);
  return clean === '' ? undefined : clean;
}

/** 16 bytes as a UUID in their order on disk. */
export function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** 16 bytes as a GUID, whose first three groups are little-endian. Source: UEFI specification, appendix A. */
export function guidText(bytes: Buffer): string {
  const swapped = Buffer.from(bytes);
  swapped.subarray(0, 4).reverse();
  swapped.subarray(4, 6).reverse();
  swapped.subarray(6, 8).reverse();
  return uuidText(swapped);
}

/** A little-endian 64-bit number. Loses precision above 2^53, which no disk reaches. */
export const readUint64LE = (bytes: Buffer, at: number): number =>
  bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);

/** A big-endian 64-bit number. */
export const readUint64BE = (bytes: Buffer, at: number): number =>
  bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
