/** Some of many numbers, which come in ascending order: the first, the last, and others evenly between them. */
export class EvenSample {
  static readonly MOST = 64;
  #every = 1;
  #seen = 0;
  #taken: number[] = [];
  #last: number | undefined;

  constructor(private readonly most: number = EvenSample.MOST) {}

  /** Whether it is one of them, for now. */
  add(number: number): boolean {
    this.#last = number;
    if (this.#seen++ % this.#every !== 0) return false;
    this.#taken.push(number);
    if (this.#taken.length < this.most) return true;
    this.#taken = this.#taken.filter((_, at) => at % 2 === 0);
    this.#every *= 2;
    return this.#taken.at(-1) === number;
  }

  numbers(): readonly number[] {
    if (this.#last === undefined || this.#last === this.#taken.at(-1)) return this.#taken;
    return [...this.#taken, this.#last];
  }
}
