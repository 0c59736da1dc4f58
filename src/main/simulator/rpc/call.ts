import type { Value } from './value';
import type { XapiError } from './xapi-error';

/** A decoded request. */
export interface RpcCall {
  readonly method: string;
  readonly params: readonly Value[];
}

export type RpcResult =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: XapiError };
