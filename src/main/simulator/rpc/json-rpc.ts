import { z } from 'zod';
import type { RpcCall, RpcResult } from './call';
import { DateTime, Float, isMap, type Value } from './value';
import { MalformedRequest } from './xapi-error';

/** JSON-RPC as XAPI speaks it on `/jsonrpc`: versions 1.0 and 2.0. Source: mirage/ocaml-rpc src/lib/jsonrpc.ml. */
const requestSchema = z.object({
  jsonrpc: z.literal('2.0').optional(),
  method: z.string(),
  params: z.array(z.unknown()).default([]),
  id: z.union([z.number(), z.string()]),
});

export interface JsonCall extends RpcCall {
  readonly id: number | string;
  readonly version: 1 | 2;
}

/** @throws MalformedRequest when the body is no JSON-RPC request. */
export function decodeJsonCall(body: string): JsonCall {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch (error) {
    throw new MalformedRequest('not JSON', { cause: error });
  }
  const parsed = requestSchema.safeParse(document);
  if (!parsed.success) throw new MalformedRequest('not a JSON-RPC request');
  const { id, jsonrpc, method, params } = parsed.data;
  return { id, method, version: jsonrpc ? 2 : 1, params: params.map(fromJson) };
}

export function encodeJsonResult({ id, version, method }: JsonCall, result: RpcResult): string {
  const bare = method === 'system.listMethods' && result.ok;
  if (version === 2) {
    return JSON.stringify(
      result.ok
        ? { jsonrpc: '2.0', result: toJson(result.value), id }
        : {
            jsonrpc: '2.0',
            error: { code: 1, message: result.error.code, data: result.error.params },
            id,
          },
    );
  }
  if (!result.ok) {
    const description = [result.error.code, ...result.error.params];
    return JSON.stringify({ result: { Status: 'Failure', ErrorDescription: description }, error: null, id });
  }
  const value = toJson(result.value);
  return JSON.stringify({ result: bare ? value : { Status: 'Success', Value: value }, error: null, id });
}

function fromJson(value: unknown): Value {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? value : new Float(value);
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromJson(item)]));
  }
  return '';
}

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

function toJson(value: Value): Json {
  if (value instanceof Float) return value.value;
  if (value instanceof DateTime) return value.toString();
  if (typeof value !== 'object') return value;
  if (isMap(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]));
  return value.map(toJson);
}
