import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;

/** Yields the entries of a zip file (stored or deflated, no zip64) whose name `wanted` accepts. */
export function* readZip(file, wanted) {
  const fd = openSync(file, 'r');
  const read = (position, length) => {
    const bytes = Buffer.alloc(length);
    if (readSync(fd, bytes, 0, length, position) !== length) throw new Error(`${file} is truncated`);
    return bytes;
  };
  try {
    const size = statSync(file).size;
    const tail = read(Math.max(0, size - 65_557), Math.min(size, 65_557));
    let end = tail.length - 22;
    while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
    if (end < 0) throw new Error(`${file} is not a zip file`);
    const directory = read(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    let at = 0;
    while (at + 46 <= directory.length && directory.readUInt32LE(at) === DIRECTORY_ENTRY) {
      const nameLength = directory.readUInt16LE(at + 28);
      const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
      if (wanted(name)) {
        const header = directory.readUInt32LE(at + 42);
        const local = read(header, 30);
        const start = header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
        const packed = read(start, directory.readUInt32LE(at + 20));
        const method = directory.readUInt16LE(at + 10);
        if (method !== 0 && method !== 8) throw new Error(`${name}: unknown compression ${method}`);
        const data = method === 8 ? inflateRawSync(packed) : packed;
        if (data.length !== directory.readUInt32LE(at + 24)) throw new Error(`${name}: wrong length`);
        yield { name, data, mode: (directory.readUInt32LE(at + 38) >>> 16) & 0o777 };
      }
      at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    }
  } finally {
    closeSync(fd);
  }
}
