/**
 * A stream of numbers in [0, 1) that depends on the seed alone, so that two demo pools with one seed are alike.
 * Source: mulberry32, public domain, Tommy Ettinger.
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Version 4 uuids from a seed. Not for secrets. */
export function seededUuids(seed: number): () => string {
  const random = seededRandom(seed);
  const byte = (): number => Math.floor(random() * 256);
  return () => {
    const bytes = Buffer.from(Array.from({ length: 16 }, byte));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  };
}
