import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FailureError } from '../../../shared/model/failure';
import { BlockBuffer } from '../block-io/block-buffer';
import { ReplyParser } from './reply-parser';
import { ReadRequest, StatusRequest, type PendingRequest } from './request';

const LENGTH = 4096;
const content = (offset: number, length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => (Math.imul(offset + i + 1, 2654435761) >>> 13) & 255));

const simple = (cookie: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(16);
  head.writeUInt32BE(0x67446698, 0);
  head.writeUInt32BE(cookie, 12);
  return Buffer.concat([head, body]);
};
const chunk = (cookie: number, type: number, flags: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(20);
  head.writeUInt32BE(0x668e33ef, 0);
  head.writeUInt16BE(flags, 4);
  head.writeUInt16BE(type, 6);
  head.writeUInt32BE(cookie, 12);
  head.writeUInt32BE(body.length, 16);
  return Buffer.concat([head, body]);
};
const at = (offset: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(8);
  head.writeBigUInt64BE(BigInt(offset));
  return Buffer.concat([head, body]);
};

interface Reading {
  readonly buffers: BlockBuffer[];
  readonly finished: number[];
  readonly parser: ReplyParser;
}

/** `count` reads of neighbouring ranges, and a parser waiting for their answers. */
function reading(count: number, structured: boolean): Reading {
  const pending = new Map<number, PendingRequest>();
  const finished: number[] = [];
  const buffers = Array.from({ length: count }, (_, i) => {
    const buffer = new BlockBuffer(LENGTH);
    buffer.memory.fill(0x55);
    buffer.length = LENGTH;
    const place = { memory: buffer.memory, start: BlockBuffer.HEADROOM, tailroom: BlockBuffer.TAILROOM };
    const request = new ReadRequest(place, i * LENGTH, LENGTH);
    request.done.catch(() => undefined); // the parser is tested, not who waits
    pending.set(i + 1, request);
    return buffer;
  });
  const parser = new ReplyParser(pending, structured, (cookie, request) => {
    pending.delete(cookie);
    finished.push(cookie);
    request.settle(request.failure);
  });
  return { buffers, finished, parser };
}

/** Feeds a stream in pieces of random size, each either where the parser asked for it or elsewhere. */
function feed(parser: ReplyParser, stream: Buffer, sizes: fc.Stream<number>): void {
  let from = 0;
  for (const size of sizes) {
    if (from >= stream.length) return;
    if (size % 5 === 0) {
      const piece = stream.subarray(from, from + size + 1);
      parser.consume(Buffer.from(piece));
      from += piece.length;
    } else {
      const place = parser.nextBuffer();
      const count = Math.min(place.length, size + 1, stream.length - from);
      stream.copy(place, 0, from, from + count);
      parser.received(count, place);
      from += count;
    }
  }
}

function expectAllRead({ buffers, finished }: Reading): void {
  expect([...finished].sort()).toEqual(buffers.map((_, i) => i + 1));
  for (const [i, buffer] of buffers.entries()) {
    expect(buffer.data().equals(content(i * LENGTH, LENGTH))).toBe(true);
    expect(buffer.memory.subarray(0, BlockBuffer.HEADROOM).every((byte) => byte === 0x55)).toBe(true);
  }
}

const sizes = fc.infiniteStream(fc.oneof(fc.nat(40), fc.nat(8192)));

describe('however the bytes are cut, they land where they belong', () => {
  test('simple replies in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 4], { minLength: 4 }), sizes, (order, cuts) => {
        const all = reading(4, false);
        const replies = order.map((cookie) => simple(cookie, content((cookie - 1) * LENGTH, LENGTH)));
        feed(all.parser, Buffer.concat(replies), cuts);
        expectAllRead(all);
        expect(all.parser.bytesReceived).toBe(4 * LENGTH);
      }),
      { numRuns: 60 },
    );
  });

  test('chunks of several reads, mixed and in any order', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: LENGTH - 1 }), { maxLength: 6 });
    fc.assert(
      fc.property(
        fc.array(cuts, { minLength: 3, maxLength: 3 }),
        fc.infiniteStream(fc.nat()),
        sizes,
        (parts, ranks, pieces) => {
          const all = reading(3, true);
          const rank = (): number => Number(ranks.next().value);
          const chunks = parts.flatMap((edges, i) => {
            const ends = [...edges.sort((a, b) => a - b), LENGTH];
            return ends.map((to, k) => {
              const offset = i * LENGTH + (ends[k - 1] ?? 0);
              return {
                rank: rank(),
                bytes: chunk(i + 1, 1, 0, at(offset, content(offset, i * LENGTH + to - offset))),
              };
            });
          });
          chunks.sort((a, b) => a.rank - b.rank);
          const ends = [1, 2, 3].map((cookie) => chunk(cookie, 0, 1, Buffer.alloc(0)));
          feed(all.parser, Buffer.concat([...chunks.map(({ bytes }) => bytes), ...ends]), pieces);
          expectAllRead(all);
        },
      ),
      { numRuns: 60 },
    );
  });
});

test('whatever arrives, it is read or refused, and nothing in front of the payload is touched', () => {
  const magic = fc.constantFrom(
    Buffer.from('67446698', 'hex'),
    Buffer.from('668e33ef', 'hex'),
    Buffer.alloc(4),
  );
  const small = fc.array(fc.constantFrom(0, 0, 0, 1, 2, 5, 8, 12, 0x80, 255), {
    minLength: 16,
    maxLength: 60,
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(magic, small)), fc.boolean(), sizes, (replies, structured, cuts) => {
      const all = reading(2, structured);
      try {
        feed(all.parser, Buffer.concat(replies.flatMap(([head, rest]) => [head, Buffer.from(rest)])), cuts);
      } catch (error) {
        expect(error).toBeInstanceOf(FailureError);
        expect((error as FailureError).failure.code).toBe('nbd-protocol-error');
      }
      for (const { memory } of all.buffers)
        expect(memory.subarray(0, BlockBuffer.HEADROOM).every((byte) => byte === 0x55)).toBe(true);
    }),
  );
});

test('block status is taken up to a million extents, and no memory for more', () => {
  const most = 8 * 1024 * 1024 + 4;
  for (const [length, refused] of [
    [most, false],
    [most + 8, true],
    [0xffff_fffc, true],
  ] as const) {
    const request = new StatusRequest(7, 0, 4096);
    request.done.catch(() => undefined);
    const parser = new ReplyParser(new Map([[1, request]]), true, () => undefined);
    const head = chunk(1, 5, 1, Buffer.alloc(0));
    head.writeUInt32BE(length, 16);
    const announce = (): void => parser.consume(head);
    if (refused) expect(announce).toThrow(FailureError);
    else expect(announce).not.toThrow();
  }
});
