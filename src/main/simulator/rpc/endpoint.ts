import type { IncomingMessage, ServerResponse } from 'node:http';
import { ConnectionDropped } from '../control/call-faults';
import type { RpcCall, RpcResult } from './call';
import { decodeJsonCall, encodeJsonResult } from './json-rpc';
import { MalformedRequest } from './xapi-error';
import { decodeXmlCall, encodeXmlResult } from './xml-rpc';

/** Longest request body. Source: xen-api ocaml/xapi-consts/constants.ml, `http_limit_max_rpc_size`. */
const BODY_LIMIT = 300 * 1024;

export interface RpcEndpoint {
  run(call: RpcCall, signal: AbortSignal): Promise<RpcResult>;
  /** Further headers of an answer, for example the master's thumbprint. */
  headers(request: IncomingMessage, result: RpcResult): Readonly<Record<string, string>>;
}

/**
 * Answers one POST: JSON-RPC on `/jsonrpc`, XML-RPC everywhere else. The content types are exact, since clients compare
 * them as they are. Source: xen-api ocaml/xapi/api_server.ml.
 */
export async function serveRpc(
  endpoint: RpcEndpoint,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const isJson = new URL(request.url ?? '/', 'https://localhost').pathname === '/jsonrpc';
  const body = await readBody(request);
  if (body === undefined) {
    refuse(response);
    return;
  }
  const left = new AbortController();
  response.once('close', () => left.abort());
  try {
    const answer = isJson
      ? await answerJson(endpoint, body, left.signal)
      : await answerXml(endpoint, body, left.signal);
    response.writeHead(200, {
      'content-type': isJson ? 'application/json' : 'text/xml',
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Headers': 'X-Requested-With',
      ...endpoint.headers(request, answer.result),
    });
    response.end(answer.text);
  } catch (error) {
    if (error instanceof ConnectionDropped) response.destroy();
    else if (error instanceof MalformedRequest) refuse(response);
    else throw error;
  }
}

interface Answer {
  readonly result: RpcResult;
  readonly text: string;
}

async function answerJson(endpoint: RpcEndpoint, body: string, signal: AbortSignal): Promise<Answer> {
  const call = decodeJsonCall(body);
  const result = await endpoint.run(call, signal);
  return { result, text: encodeJsonResult(call, result) };
}

async function answerXml(endpoint: RpcEndpoint, body: string, signal: AbortSignal): Promise<Answer> {
  const call = decodeXmlCall(body);
  const result = await endpoint.run(call, signal);
  return { result, text: encodeXmlResult(call, result) };
}

function refuse(response: ServerResponse): void {
  response.writeHead(500, { 'content-type': 'text/html', connection: 'close' });
  response.end('<html><body><h1>HTTP 500 internal server error</h1></body></html>');
}

/** The whole body; undefined when it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  if (Number(request.headers['content-length']) > BODY_LIMIT) return undefined;
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > BODY_LIMIT) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
