/** Repeatable numbers: xorshift32. Source: G. Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8 (2003). */
export function numbersFrom(seed: number): { below(least: number, end: number): number } {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return {
    /** A whole number in `[least, end)`. */
    below: (least, end) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return least + Math.floor(((state >>> 0) / 0x1_0000_0000) * (end - least));
    },
  };
}
