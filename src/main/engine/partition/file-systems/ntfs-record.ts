/**
 * File records of NTFS. Source: Linux-NTFS project, "NTFS documentation", file records, attributes and data runs.
 */

export const VOLUME_NAME = 0x60;
export const DATA = 0x80;
const END = 0xffffffff;
const MOST_RUNS = 256;

/**
 * A record with the last two bytes of each sector put back, or undefined when they show that it was not written
 * as a whole.
 */
export function readRecord(bytes: Buffer, sectorSize: number): Buffer | undefined {
  if (bytes.toString('latin1', 0, 4) !== 'FILE') return undefined;
  const arrayAt = bytes.readUInt16LE(4);
  const sectors = bytes.readUInt16LE(6) - 1;
  if (sectors !== bytes.length / sectorSize || arrayAt + 2 * (sectors + 1) > bytes.length) return undefined;
  for (let sector = 0; sector < sectors; sector++) {
    const end = (sector + 1) * sectorSize - 2;
    if (bytes.readUInt16LE(end) !== bytes.readUInt16LE(arrayAt)) return undefined;
    bytes.copy(bytes, end, arrayAt + 2 + 2 * sector, arrayAt + 4 + 2 * sector);
  }
  return bytes;
}

/** The record's first unnamed attribute of the type, without copying. */
export function attribute(record: Buffer, type: number): Buffer | undefined {
  for (let at = record.readUInt16LE(20); at + 24 <= record.length;) {
    const found = record.readUInt32LE(at);
    const length = record.readUInt32LE(at + 4);
    if (found === END || length < 24 || at + length > record.length) return undefined;
    if (found === type && record.readUInt8(at + 9) === 0) return record.subarray(at, at + length);
    at += length;
  }
  return undefined;
}

export function residentValue(found: Buffer | undefined): Buffer | undefined {
  if (!found || found.readUInt8(8) !== 0) return undefined;
  const start = found.readUInt16LE(20);
  return found.subarray(start, start + found.readUInt32LE(16));
}

/** Where a non-resident attribute's content lies, in clusters. A broken list gives no runs at all. */
export function runsOf(found: Buffer | undefined): { start: number; clusters: number }[] {
  if (!found || found.readUInt8(8) !== 1 || found.length < 64) return [];
  const runs: { start: number; clusters: number }[] = [];
  let cluster = 0;
  for (let at = found.readUInt16LE(32); at < found.length && found[at] !== 0;) {
    const lengthBytes = found[at] & 0xf;
    const offsetBytes = found[at] >> 4;
    const next = at + 1 + lengthBytes + offsetBytes;
    if (
      lengthBytes === 0 ||
      lengthBytes > 6 ||
      offsetBytes > 6 ||
      next > found.length ||
      runs.length === MOST_RUNS
    )
      return [];
    const clusters = found.readUIntLE(at + 1, lengthBytes);
    if (offsetBytes > 0) {
      cluster += found.readIntLE(at + 1 + lengthBytes, offsetBytes);
      if (cluster < 0 || clusters === 0) return [];
      runs.push({ start: cluster, clusters });
    }
    at = next;
  }
  return runs;
}
