/** Keeps the last `capacity` pages that were asked for. A page that cannot be loaded is asked for again. */
export class PageCache {
  readonly #pages = new Map<number, Promise<Buffer>>();

  constructor(
    private readonly capacity: number,
    private readonly load: (key: number) => Promise<Buffer>,
  ) {}

  async get(key: number): Promise<Buffer> {
    const page = this.#pages.get(key) ?? this.load(key);
    this.#pages.delete(key);
    this.#pages.set(key, page);
    if (this.#pages.size > this.capacity) {
      const [oldest] = this.#pages.keys();
      this.#pages.delete(oldest);
    }
    try {
      return await page;
    } catch (error) {
      this.#pages.delete(key);
      throw error;
    }
  }
}
