import { once } from 'node:events';
import { XapiError } from '../rpc/xapi-error';

/** What goes wrong with the next calls of a method. */
export interface CallFault {
  /** `Class.method`, without `Async.`; `*` for every call. */
  readonly method: string;
  /** How many more calls it strikes. */
  count: number;
  /** How many calls it lets pass before. */
  after?: number;
  /** Wait before the call, in milliseconds. */
  readonly delay?: number;
  /** It waits before the call until the held ones are released. */
  readonly hold?: boolean;
  /** The error it ends with; absent: none. */
  readonly error?: readonly [code: string, ...params: string[]];
  /** The connection is cut instead of an answer. */
  readonly drop?: boolean;
}

/** What get_nbd_info answers instead of the truth. */
export interface NbdInfoFault {
  count: number;
  readonly instead: Readonly<Record<string, string | number>>;
}

/** How a raw disk transfer goes wrong, after the headers were sent. */
export interface TransferFault {
  count: number;
  /** Bytes of the body that still arrive. */
  readonly afterBytes: number;
}

/** Faults of calls and HTTP handlers; those of NBD are with each host's NBD server. */
export class CallFaults {
  calls: CallFault[] = [];
  nbdInfo: NbdInfoFault | undefined;
  transfer: TransferFault | undefined;
  #held = new AbortController();

  clear(): void {
    this.calls = [];
    this.nbdInfo = undefined;
    this.transfer = undefined;
  }

  /** Lets the calls go on that are held now. */
  release(): void {
    this.#held.abort();
    this.#held = new AbortController();
  }

  /** Ends with the next release, or when the signal says so. */
  async held(signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([this.#held.signal, signal]);
    if (!either.aborted) await once(either, 'abort');
  }

  /** The fault that strikes this call, used up once. The control calls are spared. */
  strike(method: string): CallFault | undefined {
    if (method === 'host.call_plugin') return undefined;
    const fault = this.calls.find(
      (candidate) => candidate.count > 0 && (candidate.method === method || candidate.method === '*'),
    );
    if (!fault) return undefined;
    if (fault.after) {
      fault.after--;
      return undefined;
    }
    fault.count--;
    return fault;
  }

  /** Uses up a counted fault once; undefined when there is none. */
  take<T extends { count: number }>(fault: T | undefined): T | undefined {
    if (!fault || fault.count <= 0) return undefined;
    fault.count--;
    return fault;
  }
}

export const faultError = (error: NonNullable<CallFault['error']>): XapiError => {
  const [code, ...params] = error;
  return new XapiError(code, ...params);
};

/** The HTTP connection ends without an answer. */
export class ConnectionDropped extends Error {}
