import type { Failure } from '../../shared/model/failure';

/** Failures of what no window asked for: told to the window there is, and kept for one that opens until it asks. */
export class Troubles {
  readonly #kept: Failure[] = [];

  constructor(private readonly tell: (failure: Failure) => void) {}

  add(failure: Failure): void {
    this.#kept.push(failure);
    this.tell(failure);
  }

  take(): Failure[] {
    return this.#kept.splice(0);
  }
}
