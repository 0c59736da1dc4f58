/**
 * Keeps the values used last. Readers that ask for the same key at the same time share one load;
 * a load that fails is forgotten.
 */
export class BoundedCache<T> {
  private readonly values = new Map<number, Promise<T>>();

  constructor(private readonly capacity: number) {}

  get(key: number, load: () => Promise<T>): Promise<T> {
    const known = this.values.get(key);
    const value = known ?? load();
    if (known) this.values.delete(key);
    else value.catch(() => this.values.delete(key));
    this.values.set(key, value);
    if (this.values.size > this.capacity) {
      const [oldest] = this.values.keys();
      this.values.delete(oldest);
    }
    return value;
  }
}
