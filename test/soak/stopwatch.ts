/** Where the time goes, in seconds. */
export class Stopwatch {
  readonly laps: Record<string, number> = {};
  readonly #begun = performance.now();
  #last = this.#begun;

  lap(name: string): void {
    const now = performance.now();
    this.laps[name] = Math.round((now - this.#last) / 100) / 10;
    this.#last = now;
  }

  get seconds(): number {
    return (performance.now() - this.#begun) / 1000;
  }
}
