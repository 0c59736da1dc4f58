import type { Extent } from '../../../shared/blocks/extent';

/** A set of bytes kept as sorted ranges that neither overlap nor touch. */
export class RangeSet {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  add(offset: number, length: number): void {
    if (length <= 0) return;
    const first = firstIndex(this.#ends, (end) => end >= offset);
    const after = firstIndex(this.#starts, (start) => start > offset + length);
    const merged = after > first;
    const start = merged ? Math.min(offset, this.#starts[first]) : offset;
    const end = merged ? Math.max(offset + length, this.#ends[after - 1]) : offset + length;
    this.#starts.splice(first, after - first, start);
    this.#ends.splice(first, after - first, end);
  }

  extents(): Extent[] {
    return this.#starts.map((offset, index) => ({ offset, length: this.#ends[index] - offset }));
  }
}

/** The first index whose value satisfies `test`, which is false, then true along the ascending `values`. */
function firstIndex(values: readonly number[], test: (value: number) => boolean): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(values[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}
