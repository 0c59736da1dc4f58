/** Small: each thread has its own. */
const ZEROS = Buffer.alloc(64 * 1024);

/**
 * Whether `memory[start, start + length)` holds only zero bytes. Looks at three bytes first (data is dismissed at
 * once) and then lets memcmp do the rest.
 */
export function isZero(memory: Buffer, start: number, length: number): boolean {
  if (length === 0) return true;
  const last = start + length - 1;
  if (memory[start] !== 0 || memory[last] !== 0 || memory[start + (length >> 1)] !== 0) return false;
  let at = start;
  while (at <= last) {
    const part = Math.min(ZEROS.length, last + 1 - at);
    if (memory.compare(ZEROS, 0, part, at, at + part) !== 0) return false;
    at += part;
  }
  return true;
}
