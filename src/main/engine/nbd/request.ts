import { FailureError, type Failure } from '../../../shared/model/failure';
import { Coverage } from './coverage';
import { nbdFailures } from './failures';
import { Command, errorName } from './protocol';

/** A request that the server has not answered completely. `offset` and `length` in bytes. */
abstract class Request {
  abstract readonly command: number;
  readonly offset: number;
  readonly length: number;
  /** When it was made, in ms of `performance.now()`. */
  readonly since = performance.now();
  /** What the server said is wrong, although more chunks may follow. */
  failure: Failure | undefined;
  readonly done: Promise<void>;
  private resolve!: () => void;
  private reject!: (error: FailureError) => void;

  constructor(offset: number, length: number) {
    this.offset = offset;
    this.length = length;
    this.done = new Promise<void>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Whether the server has answered all of it. */
  abstract get complete(): boolean;
  /** What an error number from the server means for this request. */
  abstract explain(error: number): Failure;

  settle(failure?: Failure): void {
    if (failure) this.reject(new FailureError(failure));
    else this.resolve();
  }
}

/**
 * Where a read goes: to `memory` from `start` on; `tailroom` bytes behind it may be overwritten. The memory is asked for
 * when the first bytes arrive, not while the request waits.
 */
export interface ReadPlace {
  readonly memory: Buffer;
  readonly start: number;
  readonly tailroom: number;
}

export class ReadRequest extends Request {
  readonly command = Command.READ;
  readonly place: ReadPlace;
  private readonly coverage: Coverage;

  constructor(place: ReadPlace, offset: number, length: number) {
    super(offset, length);
    this.place = place;
    this.coverage = new Coverage(length);
  }

  get complete(): boolean {
    return this.coverage.complete;
  }

  /** Notes that `[from, to)` is being answered; false when it must not be. */
  cover(from: number, to: number): boolean {
    return this.coverage.add(from, to);
  }

  /** Bytes from `to` on that may be overwritten, because nothing valid stands there yet. */
  slackBehind(to: number): number {
    return to >= this.coverage.end ? this.length - to + this.place.tailroom : 0;
  }

  explain(error: number): Failure {
    return nbdFailures.readError(this.offset, this.length, errorName(error));
  }
}

export class StatusRequest extends Request {
  readonly command = Command.BLOCK_STATUS;
  readonly context: number;
  /** Pairs of length and flags, as the server sent them. */
  descriptors: Buffer | undefined;

  constructor(context: number, offset: number, length: number) {
    super(offset, length);
    this.context = context;
  }

  get complete(): boolean {
    return this.descriptors !== undefined;
  }

  explain(error: number): Failure {
    return nbdFailures.statusError(this.offset, errorName(error));
  }
}

export type PendingRequest = ReadRequest | StatusRequest;
