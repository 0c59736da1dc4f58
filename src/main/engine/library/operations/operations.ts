import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { toFailure } from '../../../../shared/model/failure';
import type {
  LibraryOperation,
  LibraryRequest,
  LibraryResult,
} from '../../../../shared/model/library-operation';
import { err, type Result } from '../../../../shared/model/result';
import type { OperationHooks } from './operation';

/** Progress is told at most ten times a second. */
const TELL_EVERY_MS = 100;
/** Ended operations that are remembered. */
const MOST_ENDED = 100;

export type RunLibraryRequest = (
  request: LibraryRequest,
  hooks: OperationHooks,
) => Promise<Result<LibraryResult>>;

interface Live {
  operation: LibraryOperation;
  readonly cancel: AbortController;
  readonly ended: Promise<void>;
}

/** What is done with exports apart from making them, and the saving of ranges: runs each at once, tells how it goes, cancels. */
export class LibraryOperations extends EventEmitter<{ changed: [operation: LibraryOperation] }> {
  readonly #run: RunLibraryRequest;
  readonly #all = new Map<string, Live>();

  constructor(run: RunLibraryRequest) {
    super();
    this.#run = run;
  }

  /** Oldest first. */
  list(): LibraryOperation[] {
    return [...this.#all.values()].map(({ operation }) => structuredClone(operation));
  }

  start(request: LibraryRequest): LibraryOperation {
    const cancel = new AbortController();
    const id = randomUUID();
    const operation: LibraryOperation = {
      id,
      request,
      state: 'running',
      step: FIRST_STEP[request.kind],
      doneBytes: 0,
      totalBytes: 0,
      startedAt: new Date().toISOString(),
    };
    const live: Live = { operation, cancel, ended: Promise.resolve().then(() => this.#follow(live)) };
    this.#all.set(id, live);
    this.#tell(live);
    this.#forgetOldest();
    return structuredClone(operation);
  }

  /** Does nothing when there is no such operation, or it has ended. */
  cancel(id: string): void {
    this.#all.get(id)?.cancel.abort();
  }

  /** Cancels everything; resolves when it is undone. */
  async close(): Promise<void> {
    for (const { cancel } of this.#all.values()) cancel.abort();
    await Promise.all([...this.#all.values()].map(({ ended }) => ended));
  }

  async #follow(live: Live): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const tellSoon = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        this.#tell(live);
      }, TELL_EVERY_MS);
    };
    const { id, request } = live.operation;
    const result = await this.#run(request, {
      jobId: id,
      signal: live.cancel.signal,
      progress: (step, doneBytes, totalBytes) => {
        live.operation = { ...live.operation, step, doneBytes, totalBytes };
        tellSoon();
      },
      serving: (uri) => {
        live.operation = {
          ...live.operation,
          state: 'serving',
          step: 'serving',
          result: { kind: 'serve', uri },
        };
        this.#tell(live);
      },
    }).catch((error: unknown) => err(toFailure(error)));
    clearTimeout(timer);
    const ended = { ...live.operation, endedAt: new Date().toISOString() };
    if (result.ok) live.operation = { ...ended, state: 'done', result: result.value };
    else if (result.failure.code === 'cancelled') live.operation = { ...ended, state: 'cancelled' };
    else live.operation = { ...ended, state: 'failed', failure: result.failure };
    this.#tell(live);
  }

  #tell({ operation }: Live): void {
    this.emit('changed', structuredClone(operation));
  }

  #forgetOldest(): void {
    const ended = [...this.#all.values()].filter(({ operation }) => operation.endedAt !== undefined);
    for (const { operation } of ended.slice(0, Math.max(0, ended.length - MOST_ENDED)))
      this.#all.delete(operation.id);
  }
}

const FIRST_STEP = {
  verify: 'checking',
  flatten: 'merging',
  restore: 'sending',
  serve: 'serving',
  range: 'reading',
} as const satisfies Record<LibraryRequest['kind'], LibraryOperation['step']>;
