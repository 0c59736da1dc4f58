/** Bytes that look like what guests write, from a random stream. */

const MESSAGES = [
  'session opened for user root',
  'job finished, status 0',
  'connection from 10.20.0.17 accepted',
  'GET /index.html 200',
  'delivered to office@example.org',
  'cache refreshed',
];

export function logLines(random: () => number, length: number): Buffer {
  const lines: string[] = [];
  for (let size = 0; size < length;) {
    const line = `${Math.floor(random() * 1e9)} ${MESSAGES[Math.floor(random() * MESSAGES.length)]}\n`;
    lines.push(line);
    size += line.length;
  }
  return Buffer.from(lines.join('')).subarray(0, length);
}

/** Packed or executable data: does not compress. */
export function packed(random: () => number, length: number): Buffer {
  const words = new Uint32Array(length / 4);
  for (let index = 0; index < words.length; index++) words[index] = random() * 0x1_0000_0000;
  return Buffer.from(words.buffer);
}

/** A database page: checksum, page number, log sequence number, rows, free space. */
export function databasePage(random: () => number, page: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32BE(Math.floor(random() * 2 ** 32), 0);
  bytes.writeUInt32BE(page % 2 ** 32, 4);
  bytes.writeDoubleBE(random() * 1e12, 16);
  logLines(random, Math.floor(length * 0.7)).copy(bytes, 64);
  return bytes;
}
