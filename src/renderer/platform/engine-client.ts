import type { Bridge } from '../../shared/contract/bridge';
import type { EventName, EventPayload } from '../../shared/contract/events';
import type { RequestInput, RequestName, RequestOutput } from '../../shared/contract/requests';
import { toFailure, type Failure } from '../../shared/model/failure';
import { err, type Result } from '../../shared/model/result';
import { toDisposable, type Disposable } from './disposable';

/** Requests that carry no input. */
type Bare = { [N in RequestName]: undefined extends RequestInput<N> ? N : never }[RequestName];

/** The main process, as the window sees it. */
export class EngineClient {
  readonly #bridge: Bridge;
  readonly #report: (failure: Failure) => void;

  /** `report` shows failures that the caller of {@link ask} leaves to it. */
  constructor(bridge: Bridge, report: (failure: Failure) => void) {
    this.#bridge = bridge;
    this.#report = report;
  }

  /** For callers that show the failure themselves. Never rejects. */
  async request<N extends RequestName>(
    name: N,
    ...[input]: N extends Bare ? [input?: RequestInput<N>] : [input: RequestInput<N>]
  ): Promise<Result<RequestOutput<N>>> {
    try {
      return await this.#bridge.request(name, input as RequestInput<N>);
    } catch (error) {
      return err(toFailure(error));
    }
  }

  /** The answer, or undefined after the failure was shown to the user. */
  async ask<N extends RequestName>(
    name: N,
    ...input: N extends Bare ? [input?: RequestInput<N>] : [input: RequestInput<N>]
  ): Promise<{ readonly value: RequestOutput<N> } | undefined> {
    const result = await this.request(name, ...input);
    if (result.ok) return { value: result.value };
    this.#report(result.failure);
    return undefined;
  }

  on<N extends EventName>(name: N, listener: (payload: EventPayload<N>) => void): Disposable {
    return toDisposable(this.#bridge.on(name, listener));
  }
}
