import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReplyParser } from '../../src/main/engine/nbd/reply-parser';
import { ReadRequest, StatusRequest, type PendingRequest } from '../../src/main/engine/nbd/request';
import { FailureError } from '../../src/shared/model/failure';

const LENGTH = 512;
const HEAD = 64;
const CANARY = 0xa5;
const RUNS = { numRuns: 3000, seed: 20261123 };

interface Waiting {
  readonly pending: Map<number, PendingRequest>;
  readonly memories: Buffer[];
  readonly answered: number[];
  readonly parser: ReplyParser;
}

/** Two reads and a question for block status that wait; around the reads' memory lie canaries. */
function waiting(structured: boolean): Waiting {
  const pending = new Map<number, PendingRequest>();
  const answered: number[] = [];
  const memories = [0, 1].map((at) => {
    const memory = Buffer.alloc(HEAD + LENGTH + HEAD, CANARY);
    pending.set(at + 1, new ReadRequest({ memory, start: HEAD, tailroom: 0 }, at * LENGTH, LENGTH));
    return memory;
  });
  if (structured) pending.set(3, new StatusRequest(7, 0, 1024));
  for (const request of pending.values()) request.done.catch(() => undefined); // nobody waits here
  const parser = new ReplyParser(pending, structured, (cookie, request) => {
    pending.delete(cookie);
    if (!request.failure) answered.push(cookie);
    request.settle(request.failure);
  });
  return { pending, memories, answered, parser };
}

const u16 = (value: number): number[] => [(value >>> 8) & 255, value & 255];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
const u64 = (value: number): number[] => [...u32(Math.floor(value / 2 ** 32)), ...u32(value >>> 0)];

const cookie = fc.constantFrom(0, 1, 1, 2, 2, 3, 3, 4, 0xffff_ffff);
const offset = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 1, 256, 512, 768, 1023, 1024) },
  fc.integer({ min: 0, max: 2 ** 45 }),
);
const size = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 1, 256, 511, 512, 513) },
  { weight: 1, arbitrary: fc.constantFrom(0x7fff_ffff, 0xffff_ffff) },
);
const body = (length: number): number[] => Array.from({ length: Math.min(length, 600) }, (_, at) => at & 255);

const simple = fc
  .tuple(cookie, fc.constantFrom(0, 0, 0, 5, 108, 0xffff_ffff), size)
  .map(([id, error, length]) => [...u32(0x67446698), ...u32(error), ...u32(0), ...u32(id), ...body(length)]);

const chunk = fc
  .tuple(fc.constantFrom(0, 1, 2, 5, 32769, 32770, 9), fc.constantFrom(0, 1), cookie, offset, size, size)
  .map(([type, flags, id, at, length, claimed]) => {
    const inner =
      type === 0
        ? []
        : type === 2
          ? [...u64(at), ...u32(length)]
          : type === 5
            ? [...u32(7), ...u32(length), ...u32(at >>> 0)]
            : type > 9
              ? [...u32(5), ...u16(length & 0xffff), ...body(length & 63)]
              : [...u64(at), ...body(length)];
    const bytes = claimed === 513 ? claimed : type === 1 ? 8 + Math.min(length, 600) : inner.length;
    return [...u32(0x668e33ef), ...u16(flags), ...u16(type), ...u32(0), ...u32(id), ...u32(bytes), ...inner];
  });

const noise = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 });
const stream = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: chunk },
      { weight: 2, arbitrary: simple },
      { weight: 1, arbitrary: noise },
    ),
    { maxLength: 8 },
  )
  .map((parts) => Buffer.from(parts.flat()));

test('whatever a server sends: a protocol error or answers, only in their own place', () => {
  fc.assert(
    fc.property(
      stream,
      fc.boolean(),
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      (bytes, structured, steps, direct) => {
        const { memories, answered, parser } = waiting(structured);
        let refused = false;
        try {
          for (let at = 0, step = 0; at < bytes.length; step++) {
            const most = Math.min(steps[step % steps.length], bytes.length - at);
            if (direct) {
              const into = parser.nextBuffer();
              expect(into.length).toBeGreaterThan(0);
              const count = bytes.copy(into, 0, at, at + most);
              parser.received(count, into);
              at += count;
            } else {
              parser.consume(Buffer.from(bytes.subarray(at, at + most)));
              at += most;
            }
          }
        } catch (error) {
          expect(error).toBeInstanceOf(FailureError);
          expect((error as FailureError).failure.code).toBe('nbd-protocol-error');
          refused = true;
        }
        for (const memory of memories) {
          expect(memory.subarray(0, HEAD).every((byte) => byte === CANARY)).toBe(true);
          expect(memory.subarray(HEAD + LENGTH).every((byte) => byte === CANARY)).toBe(true);
        }
        expect(new Set(answered).size).toBe(answered.length);
        expect(parser.bytesReceived).toBeLessThanOrEqual(2 * LENGTH);
        return refused || answered.length <= 3;
      },
    ),
    RUNS,
  );
});

test('a read that is answered holds no byte that the server did not send', () => {
  fc.assert(
    fc.property(stream, (bytes) => {
      const { memories, answered, parser } = waiting(true);
      try {
        parser.consume(bytes);
      } catch {
        return; // refused: nothing of it is used
      }
      // Payload bytes count up from zero or are holes: the canary's value stays only where nothing was written.
      for (const id of answered.filter((one) => one < 3)) {
        const payload = memories[id - 1].subarray(HEAD, HEAD + LENGTH);
        let run = 0;
        for (const byte of payload) {
          run = byte === CANARY ? run + 1 : 0;
          expect(run).toBeLessThan(2);
        }
      }
    }),
    RUNS,
  );
});
