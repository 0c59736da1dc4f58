import { attempt, unwrap, type Result } from '../../../../shared/model/result';
import type { NbdTarget, RawSession } from '../../xapi';
import type { FromLibraryWorker } from './messages';

/** What a worker may ask of the pool; the session stays in the main thread. Everything rejects with a FailureError. */
export interface AskedPool extends RawSession {
  nbdTargets(vdiUuid: string): Promise<readonly NbdTarget[]>;
}

/** A method, and what it is given. */
export type PoolQuestion = {
  [M in keyof AskedPool]: { readonly method: M; readonly given: Parameters<AskedPool[M]> };
}[keyof AskedPool];

type Answer<M extends keyof AskedPool> = Awaited<ReturnType<AskedPool[M]>>;

/** The worker's end: every call is a message with a number, and waits for the answer that has it. */
export class PoolQuestions {
  readonly session: RawSession = {
    sessionId: () => this.#ask('sessionId'),
    createTask: (name) => this.#ask('createTask', name),
    taskEnded: (ref) => this.#ask('taskEnded', ref),
    cancelTask: (ref) => this.#ask('cancelTask', ref),
    destroyTask: (ref) => this.#ask('destroyTask', ref),
    certificatesOf: (address) => this.#ask('certificatesOf', address),
  };
  readonly #say: (message: FromLibraryWorker) => void;
  readonly #open = new Map<number, (answer: Result<unknown>) => void>();
  #last = 0;

  constructor(say: (message: FromLibraryWorker) => void) {
    this.#say = say;
  }

  nbdTargets(vdiUuid: string): Promise<Result<NbdTarget[]>> {
    return attempt(async () => [...(await this.#ask('nbdTargets', vdiUuid))]);
  }

  answered(id: number, answer: Result<unknown>): void {
    this.#open.get(id)?.(answer);
    this.#open.delete(id);
  }

  async #ask<M extends keyof AskedPool>(method: M, ...given: Parameters<AskedPool[M]>): Promise<Answer<M>> {
    const id = ++this.#last;
    const answer = new Promise<Result<unknown>>((resolve) => this.#open.set(id, resolve));
    this.#say({ type: 'question', id, question: { method, given } as PoolQuestion });
    // The other end calls the method of this very name.
    return unwrap(await answer) as Answer<M>;
  }
}
