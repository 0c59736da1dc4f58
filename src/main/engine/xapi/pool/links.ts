/** Which references point at an object: kept so that a change touches its neighbours without a search. */
export class Links {
  readonly #sources = new Map<string, Set<string>>();

  /** The references that point at `target`. */
  to(target: string): Iterable<string> {
    return this.#sources.get(target) ?? [];
  }

  count(target: string): number {
    return this.#sources.get(target)?.size ?? 0;
  }

  /** `source` pointed at `before` and now points at `after`; undefined: at nothing. */
  move(source: string, before: string | undefined, after: string | undefined): void {
    if (before === after) return;
    if (before !== undefined) {
      const sources = this.#sources.get(before);
      sources?.delete(source);
      if (sources?.size === 0) this.#sources.delete(before);
    }
    if (after === undefined) return;
    const sources = this.#sources.get(after);
    if (sources) sources.add(source);
    else this.#sources.set(after, new Set([source]));
  }
}
