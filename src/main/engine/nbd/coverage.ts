/** More pieces than this at a time means a server that wants to waste our time. */
const MAX_PIECES = 4096;

/** Which bytes of a request have been answered. Positions are bytes from the start of the request. */
export class Coverage {
  private readonly length: number;
  /** Sorted, apart from each other: start, end, start, end, … */
  private readonly edges: number[] = [];

  constructor(length: number) {
    this.length = length;
  }

  /** Adds `[from, to)`. False when part of it was there already, when it is outside, or the pieces are too many. */
  add(from: number, to: number): boolean {
    const { edges } = this;
    if (from < 0 || to <= from || to > this.length) return false;
    let at = edges.length;
    while (at > 0 && edges[at - 2] >= to) at -= 2;
    // `at` is where the new piece goes: everything from there on starts behind it
    if (at > 0 && edges[at - 1] > from) return false;
    const joinsLeft = at > 0 && edges[at - 1] === from;
    const joinsRight = at < edges.length && edges[at] === to;
    if (joinsLeft && joinsRight) edges.splice(at - 1, 2);
    else if (joinsLeft) edges[at - 1] = to;
    else if (joinsRight) edges[at] = from;
    else edges.splice(at, 0, from, to);
    return edges.length <= 2 * MAX_PIECES;
  }

  /** End of the last byte answered so far. */
  get end(): number {
    return this.edges.at(-1) ?? 0;
  }

  get complete(): boolean {
    return this.edges.length === 2 && this.edges[0] === 0 && this.edges[1] === this.length;
  }
}
