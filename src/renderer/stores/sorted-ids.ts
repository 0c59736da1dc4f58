const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Ids in the order of their names, kept in order by binary search as names come, change and go. */
export class SortedIds {
  readonly #names = new Map<string, string>();
  #ids: string[] = [];

  get ids(): readonly string[] {
    return this.#ids;
  }

  get size(): number {
    return this.#ids.length;
  }

  /** Sorts once, for a first load. */
  replace(entries: Iterable<readonly [id: string, name: string]>): void {
    this.#names.clear();
    for (const [id, name] of entries) this.#names.set(id, name);
    this.#ids = [...this.#names.keys()].sort((a, b) => this.#compare(a, this.#names.get(a)!, b));
  }

  /** True when the order changed. */
  put(id: string, name: string): boolean {
    const known = this.#names.get(id);
    if (known === name) return false;
    if (known !== undefined) this.delete(id);
    this.#ids.splice(this.#position(id, name), 0, id);
    this.#names.set(id, name);
    return true;
  }

  delete(id: string): boolean {
    const name = this.#names.get(id);
    if (name === undefined) return false;
    this.#ids.splice(this.#position(id, name), 1);
    this.#names.delete(id);
    return true;
  }

  #position(id: string, name: string): number {
    let [low, high] = [0, this.#ids.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(id, name, this.#ids[middle]) > 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare(id: string, name: string, other: string): number {
    return collator.compare(name, this.#names.get(other)!) || (id < other ? -1 : id > other ? 1 : 0);
  }
}
