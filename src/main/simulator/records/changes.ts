/** An object that is gone. */
export interface Deletion {
  readonly className: string;
  readonly ref: string;
  readonly created: number;
  readonly deleted: number;
}

/** Deletions that are remembered for clients that ask late. */
const REMEMBERED = 50_000;

/** The pool-wide generation: it rises with every change, and events are told apart by it. */
export class Changes {
  #generation = 1;
  #deletions: Deletion[] = [];
  readonly #waiting = new Set<() => void>();
  /** The newest generation of each class. */
  readonly #newest = new Map<string, number>();

  get generation(): number {
    return this.#generation;
  }

  /** Consumes a generation for one change of an object and wakes whoever waits for changes. */
  next(className: string): number {
    for (const wake of this.#waiting) wake();
    this.#newest.set(className, ++this.#generation);
    return this.#generation;
  }

  /** Whether an object of the class was added, changed or deleted after the given generation. */
  changedSince(className: string, generation: number): boolean {
    return (this.#newest.get(className) ?? 0) > generation;
  }

  deleted(className: string, ref: string, created: number): void {
    this.#deletions.push({ className, ref, created, deleted: this.next(className) });
    if (this.#deletions.length > 2 * REMEMBERED) this.#deletions = this.#deletions.slice(-REMEMBERED);
  }

  /** Deletions after the given generation, oldest first. */
  deletionsSince(generation: number): readonly Deletion[] {
    let first = this.#deletions.length;
    while (first > 0 && this.#deletions[first - 1].deleted > generation) first--;
    return this.#deletions.slice(first);
  }

  /** Calls `wake` on every change until the returned function is called. */
  onChange(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }
}
