import { request, type Dispatcher } from 'undici';
import { z } from 'zod';
import { readJson } from './read-json';

/** The pool does not speak JSON: it is older than XenServer 7.3. */
class UnsupportedTransport extends Error {}

/** What XAPI answers with when a call fails, in the form that `callFailure` knows. */
class XapiError extends Error {
  constructor(
    readonly code: string,
    readonly params: readonly unknown[],
  ) {
    super(`${code}(${params.join(', ')})`);
  }
}

const answerSchema = z.object({
  result: z.unknown().optional(),
  error: z.object({ message: z.string(), data: z.unknown().optional() }).nullish(),
});

/** Calls of a pool, as xen-api's own transport makes them, but with long strings of an answer as `LongText`. */
export const jsonRpc =
  ({
    dispatcher,
    url: { hostname, port },
  }: {
    dispatcher: Dispatcher;
    url: { hostname: string; port?: string };
  }) =>
  async (method: string, params: readonly unknown[]): Promise<unknown> => {
    const { statusCode, headers, body } = await request(`https://${hostname}:${port ?? 443}/jsonrpc`, {
      dispatcher,
      method: 'POST',
      headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', method, params, id: 0 }),
    });
    if (statusCode < 200 || statusCode > 299) {
      await body.dump();
      throw new Error(`unexpected status ${statusCode}`);
    }
    if (headers['content-type'] !== 'application/json') {
      await body.dump();
      throw new UnsupportedTransport();
    }
    // A task's result is asked for when it has ended; what its events carry of it would be held beside that.
    const answer = answerSchema.safeParse(await parsed(readJson(body, method !== 'event.from')));
    if (!answer.success) throw new Error('the answer is no JSON-RPC');
    const { result, error } = answer.data;
    if (error) throw new XapiError(error.message, Array.isArray(error.data) ? error.data : []);
    return result;
  };

/** The parser's own words quote the answer, and with it what may be secret. */
async function parsed(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof SyntaxError ? new Error('the answer is no JSON') : error;
  }
}
