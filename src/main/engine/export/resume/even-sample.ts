/** Some of many numbers, which come in ascending order: the first, the last, and others evenly between them. */
export class EvenSample {
  static readonly MOST = 64;
  #every = 1;
  #seen = 0;
  #taken: number[] = [];
  #last: number | undefined;

  add(number: number): void {
    this.#last = number;
    if (this.#seen++ % this.#every !== 0) return;
    this.#taken.push(number);
    if (this.#taken.length < EvenSample.MOST) return;
    this.#taken = this.#taken.filter((_, at) => at % 2 === 0);
    this.#every *= 2;
  }

  numbers(): readonly number[] {
    if (this.#last === undefined || this.#last === this.#taken.at(-1)) return this.#taken;
    return [...this.#taken, this.#last];
  }
}
