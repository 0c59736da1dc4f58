import { FailureError, toFailure, type Failure } from '../../../shared/model/failure';
import type { Journal, NewEntry } from './journal';

/** A journal whose lesser entries may wait until there is space for them again. They keep their order. */
export class PatientJournal {
  readonly #unwritten: NewEntry[] = [];

  /** @param onBehind told when an entry has to wait, and none did before. */
  constructor(
    private readonly journal: Journal,
    private readonly onBehind: (failure: Failure) => void,
  ) {}

  /** Durable when it returns, with all that came before. @throws FailureError `journal-not-written` */
  write(entry: NewEntry): void {
    const failure = this.writeRest();
    if (failure) throw new FailureError(failure);
    this.journal.write(entry);
  }

  /** For what a job can be resumed without: it is written down with the next entry at the latest. */
  note(entry: NewEntry): void {
    const wasBehind = this.#unwritten.length > 0;
    this.#unwritten.push(entry);
    const failure = this.writeRest();
    if (failure && !wasBehind) this.onBehind(failure);
  }

  /** @returns why something is still not written down. */
  writeRest(): Failure | undefined {
    try {
      for (let [next] = this.#unwritten; next; [next] = this.#unwritten) {
        this.journal.write(next);
        this.#unwritten.shift();
      }
      return undefined;
    } catch (error) {
      return toFailure(error);
    }
  }

  close(): void {
    this.journal.close();
  }
}
