import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callFailure } from '../../src/main/engine/xapi/errors/call-failure';
import { EventFeed } from '../../src/main/engine/xapi/pool/event-feed';
import { RecordCache } from '../../src/main/engine/xapi/pool/record-cache';
import { XapiClient } from '../../src/main/engine/xapi/transport/client';
import { createHostCertificate } from '../../src/main/simulator/certificate';
import { FailureError, type Failure } from '../../src/shared/model/failure';

/** What a pool answers, whatever it was asked: the envelope of JSON-RPC, and batches of events. */
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const envelope = (rest: object): string => JSON.stringify({ jsonrpc: '2.0', id: 0, ...rest });
const SECRET = 'OpaqueRef:9b2e41aa-1111-4222-8333-444455556666';
const RESULTS: Readonly<Record<string, unknown>> = {
  'pool.get_all_records': { p: { uuid: 'p', master: 'h' } },
  'system.listMethods': [],
};
/** How a pool answers while a session is opened. */
const well = (method: string): Answer => ({
  status: 200,
  type: 'application/json',
  body: envelope({ result: RESULTS[method] ?? SECRET }),
});
let answer: Answer | undefined;
let server: Server;
let client: XapiClient;

beforeAll(async () => {
  const { certPem, keyPem, fingerprint } = await createHostCertificate('localhost');
  server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method } = JSON.parse(Buffer.concat(chunks).toString()) as { method: string };
      const { status, type, body: text } = answer ?? well(method);
      response.writeHead(status, { 'content-type': type });
      response.end(text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const address = { origin: `https://127.0.0.1:${port}`, host: '127.0.0.1', port };
  client = new XapiClient({ address, user: 'root', password: 'x', pins: [fingerprint] });
  await client.connect();
});
afterAll(async () => {
  answer = undefined;
  await client.close();
  server.close();
});

/** No text can be made of it. */
const textless = { toString: 1, valueOf: 1 };
const strange = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(textless, [textless], { __proto__: null }, 1e308, -1, 'x'.repeat(10_000)),
);
/** Most that XAPI says, with what it says it about; after some of these a session is opened again. */
const code = fc.oneof(
  fc.constantFrom(
    'SESSION_INVALID',
    'HOST_IS_SLAVE',
    'INTERNAL_ERROR',
    'EVENTS_LOST',
    'SR_BACKEND_FAILURE_1200',
  ),
  strange,
);
const wellFormed = fc.record({
  code: fc.constant(1),
  message: code.map((one) => (typeof one === 'string' ? one : 'SOMETHING_ODD')),
  data: fc.array(strange, { maxLength: 3 }),
});
const error = fc.oneof(
  wellFormed,
  fc.record({ code: strange, message: code, data: fc.oneof(fc.array(strange, { maxLength: 3 }), strange) }),
  fc.array(strange, { maxLength: 3 }),
  strange,
);
const body = fc.oneof(
  { arbitrary: wellFormed.map((one) => envelope({ error: one })), weight: 4 },
  { arbitrary: strange.map((result) => envelope({ result })), weight: 3 },
  error.map((one) => envelope({ error: one })),
  fc
    .record({ jsonrpc: strange, id: strange, result: strange, error }, { requiredKeys: [] })
    .map((one) => JSON.stringify(one)),
  fc.tuple(error, fc.nat(100)).map(([one, end]) => envelope({ error: one }).slice(0, end)),
  fc.json(),
  fc.string(),
  fc.nat(5_000).map((depth) => '['.repeat(depth)),
);

function expectNamed({ code: name, message, nextStep }: Failure): void {
  expect(name).toMatch(/^[a-z][a-z0-9-]+$/);
  expect(name).not.toBe('internal-error');
  expect([message, nextStep].join()).not.toContain('undefined');
}

test('an answer in any envelope is a value, or a failure with a name', async () => {
  let values = 0;
  const names = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      body,
      fc.constantFrom(200, 200, 200, 200, 200, 200, 200, 204, 302, 500),
      fc.constantFrom(...Array<string>(8).fill('application/json'), 'text/xml', ''),
      async (text, status, type) => {
        // Whatever came before: with a pool that is well again all is well.
        answer = undefined;
        await client.call('pool.get_all', []);
        answer = { status, type, body: text };
        try {
          await client.call('pool.get_all', []);
          values++;
        } catch (thrown) {
          const failure = callFailure(thrown, 'pool.get_all', 'https://pool');
          expectNamed(failure);
          names.add(failure.code);
          expect(JSON.stringify(failure)).not.toContain(SECRET);
        }
      },
    ),
    { numRuns: 150, seed: 20261128 },
  );
  expect(values).toBeGreaterThan(10);
  expect(names.size).toBeGreaterThan(3);
});

test('a code with parameters of any kind is a failure with a name', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(strange, { maxLength: 3 }), (name, params) =>
      expectNamed(callFailure({ code: name, params }, 'VDI.copy', 'https://pool')),
    ),
    { numRuns: 300, seed: 20261128 },
  );
});

const pool = {
  class: 'pool',
  operation: 'add',
  ref: 'p',
  snapshot: { uuid: 'p', name_label: '', master: 'h' },
};
const record = fc.record(
  {
    uuid: fc.oneof(fc.uuid(), strange),
    name_label: fc.oneof(fc.string(), strange),
    address: strange,
    software_version: fc.oneof(fc.constant({}), strange),
    purpose: fc.oneof(fc.constant([]), strange),
  },
  { requiredKeys: [] },
);
const event = fc.record(
  {
    class: fc.oneof(
      fc.constantFrom('host', 'network', 'VDI', 'vm', 'task', 'pool', '__proto__', 'x'),
      strange,
    ),
    operation: fc.oneof(fc.constantFrom('add', 'mod', 'del'), strange),
    ref: fc.oneof(fc.constantFrom('a', 'p', '__proto__'), strange),
    snapshot: fc.oneof(record, strange),
  },
  { requiredKeys: [] },
);
const batch = fc.oneof(
  fc.record({
    events: fc.oneof(fc.array(event, { maxLength: 4 }), strange),
    valid_ref_counts: fc.oneof(fc.dictionary(fc.constantFrom('host', 'vm', '__proto__'), strange), strange),
    token: fc.oneof(fc.string(), strange),
  }),
  fc.record({
    events: fc.constant([
      { class: 'network', operation: 'add', ref: 'n', snapshot: { uuid: 'n', purpose: [] } },
    ]),
    valid_ref_counts: fc.dictionary(fc.constantFrom('host', 'vm'), fc.integer()),
    token: fc.string(),
  }),
  strange,
);

test('a batch of events of any kind is taken, or told by name as a pool that is lost and looked for', async () => {
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 3 }), async (batches) => {
      const cache = new RecordCache();
      const end = new AbortController();
      const lost: Failure[] = [];
      const left = [...batches];
      const all = { events: [pool], valid_ref_counts: {}, token: '1' };
      const isOver = new Promise<void>((resolve) =>
        end.signal.addEventListener('abort', () => resolve(), { once: true }),
      );
      const feed = new EventFeed({
        call: (_method, [, token]) => {
          // Everything is well when it is asked for anew.
          if (token === '') return Promise.resolve(all);
          if (left.length > 0) return Promise.resolve(left.shift());
          end.abort();
          return new Promise(() => undefined);
        },
        reconnect: () => Promise.resolve(),
        cache,
        onEvents: (events) => {
          for (const one of events) cache.apply(one);
          taken += events.length;
        },
        onLost: (failure) => lost.push(failure),
        onFound: () => undefined,
        onAnew: () => undefined,
        clock: { now: () => new Date(), sleep: () => Promise.resolve() },
        signal: end.signal,
      });
      await feed.start();
      await isOver;
      for (const failure of lost) expectNamed(failure);
      expect(lost.length).toBeLessThanOrEqual(batches.length);
      expect(cache.table('pool').size).toBe(1);
      expect(({} as Record<string, unknown>)['uuid']).toBeUndefined();
    }),
    { numRuns: 300, seed: 20261128 },
  );
  expect(taken).toBeGreaterThan(600);
});

test('everything anew, of any kind, is taken or refused by name', async () => {
  await fc.assert(
    fc.asyncProperty(batch, async (first) => {
      const cache = new RecordCache();
      const end = new AbortController();
      const feed = new EventFeed({
        call: (_method, [, token]) => (token === '' ? Promise.resolve(first) : new Promise(() => undefined)),
        reconnect: () => Promise.resolve(),
        cache,
        onEvents: (events) => events.forEach((one) => cache.apply(one)),
        onLost: () => undefined,
        onFound: () => undefined,
        onAnew: () => undefined,
        clock: { now: () => new Date(), sleep: () => Promise.resolve() },
        signal: end.signal,
      });
      try {
        await feed.start();
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(FailureError);
        expectNamed((thrown as FailureError).failure);
      } finally {
        end.abort();
      }
    }),
    { numRuns: 300, seed: 20261128 },
  );
});
