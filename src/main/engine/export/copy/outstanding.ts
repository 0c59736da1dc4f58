/** Which requests are under way, so that "everything below this disk offset is stored" can be said at any time. */
export class Outstanding {
  /** Offsets in the order they were begun, which is ascending; a Map keeps that order. */
  readonly #begun = new Map<number, true>();
  #next = 0;

  begin(offset: number, length: number): void {
    this.#begun.set(offset, true);
    this.#next = offset + length;
  }

  end(offset: number): void {
    this.#begun.delete(offset);
  }

  /** Every request below this offset has been stored. */
  completeBelow(): number {
    for (const offset of this.#begun.keys()) return offset;
    return this.#next;
  }
}
