/** Ones' complement of the sum of all bytes, the checksum field at `fieldOffset` counted as zero. */
export function vhdChecksum(bytes: Buffer, fieldOffset: number): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (at < fieldOffset || at >= fieldOffset + 4) sum += bytes[at];
  }
  return ~sum >>> 0;
}
