import type { PoolState } from '../pool-state';
import { VOID, type Value } from '../rpc/value';
import { XapiError } from '../rpc/xapi-error';
import type { Parameter } from './parameter';

/** What a call knows of its surroundings. */
export interface CallContext {
  readonly pool: PoolState;
  /** Reference of the calling session. */
  readonly session: string;
  /** Reference of the host that was called. */
  readonly host: string;
  /** Raised when the call's task is cancelled or the client went away. */
  readonly signal: AbortSignal;
  /** Reports progress between 0 and 1 to the call's task, if it has one. */
  progress(fraction: number): void;
}

export interface Method {
  /** `Class.method`. */
  readonly name: string;
  /** May be called as `Async.Class.method`. */
  readonly async: boolean;
  /** Takes the session as its first parameter. */
  readonly session: boolean;
  run(context: CallContext, values: readonly Value[]): Promise<Value>;
}

type Arguments<P extends readonly Parameter<unknown>[]> = {
  [K in keyof P]: P[K] extends Parameter<infer T> ? T : never;
};
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a call without a result
type Answer = Value | void;

export interface MethodOptions {
  readonly async?: boolean;
  readonly session?: boolean;
}

/** Declares a call: its parameters after the session, and what it does. */
export function method<const P extends readonly Parameter<unknown>[]>(
  name: string,
  parameters: P,
  run: (context: CallContext, ...args: Arguments<P>) => Answer | Promise<Answer>,
  { async = true, session = true }: MethodOptions = {},
): Method {
  const required = parameters.filter((parameter) => !parameter.optional).length;
  return {
    name,
    async,
    session,
    run: async (context, values) => {
      if (values.length < required || values.length > parameters.length) {
        const expected = values.length < required ? required : parameters.length;
        throw new XapiError(
          'MESSAGE_PARAMETER_COUNT_MISMATCH',
          name,
          String(expected),
          String(values.length),
        );
      }
      const args = parameters.map((parameter, index) => {
        const value = values[index];
        return value === undefined ? undefined : parameter.read(value);
      });
      return (await run(context, ...(args as unknown as Arguments<P>))) ?? VOID;
    },
  };
}

/** A call that only reads or only takes a moment; it has no `Async` variant. */
export const instantMethod: typeof method = (name, parameters, run, options) =>
  method(name, parameters, run, { ...options, async: false });
