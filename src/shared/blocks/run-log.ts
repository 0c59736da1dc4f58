/** `[first, end)` in blocks, and what is said about them. */
type Run<S> = readonly [first: number, end: number, state: S];

/**
 * Collects what is said about runs of blocks until somebody takes it: neighbours that are told one after the other in
 * ascending order become one run. Holds a bounded number of runs; what does not fit is dropped and reported as such.
 */
export class RunLog<S> {
  readonly #limit: number;
  #runs: [first: number, end: number, state: S][] = [];
  #dropped = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(first: number, end: number, state: S): void {
    const last = this.#runs.at(-1);
    if (last?.[1] === first && last[2] === state) last[1] = end;
    else if (this.#runs.length < this.#limit) this.#runs.push([first, end, state]);
    else this.#dropped = true;
  }

  /** What was said since the last call, in order; undefined when nothing was. */
  take(): { readonly runs: Run<S>[]; readonly incomplete: boolean } | undefined {
    if (this.#runs.length === 0) return undefined;
    const taken = { runs: this.#runs, incomplete: this.#dropped };
    this.#runs = [];
    this.#dropped = false;
    return taken;
  }
}
