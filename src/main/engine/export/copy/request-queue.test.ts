import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Outstanding } from './outstanding';
import { LARGEST_REQUEST, RequestQueue, type Request } from './request-queue';

const KIB64 = 65_536;
const MIB = 1024 * 1024;
const never = (): AbortSignal => new AbortController().signal;

const queueOf = (bytes: number, size: () => number, most: number, signal = never()): RequestQueue =>
  new RequestQueue([{ offset: 0, length: bytes }], size, most, new Outstanding(), signal);

async function next(queue: RequestQueue): Promise<Request | undefined> {
  for (let full = queue.room(); full; full = queue.room()) await full;
  return queue.next();
}

/** What has been handed out so far to a number of lanes that ask without end and store nothing. */
function asking(queue: RequestQueue, lanes: number): Request[] {
  const got: Request[] = [];
  for (let lane = 0; lane < lanes; lane++) void next(queue).then((request) => request && got.push(request));
  return got;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('hands out fewer while they are larger, and more again', async () => {
  let size = MIB;
  const queue = queueOf(100 * MIB, () => size, 4 * MIB);
  const first = asking(queue, 8);
  await settle();
  expect(first).toHaveLength(4);
  size = 2 * MIB;
  for (const request of first.slice(0, 4)) queue.stored(request);
  await settle();
  expect(first.slice(4).map(({ length }) => length / MIB)).toEqual([2, 2]);
  size = MIB;
  queue.stored(first[4]);
  await settle();
  expect(first.slice(6).map(({ length }) => length / MIB)).toEqual([1, 1]);
});

it('covers the extents once, within the room, whatever sizes are wanted and in which order requests end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(80), fc.integer({ min: 1, max: 60 })), { minLength: 1, maxLength: 6 }),
      fc.infiniteStream(fc.nat(1000)),
      async (pieces, numbers) => {
        const number = (): number => numbers.next().value as number;
        let at = 0;
        const extents = pieces.map(([gap, blocks]) => {
          const extent = { offset: (at + gap) * KIB64, length: blocks * KIB64 };
          at += gap + blocks;
          return extent;
        });
        let size = MIB;
        let [held, most] = [0, 0];
        const covered: { offset: number; length: number }[] = [];
        const outstanding = new Outstanding();
        const queue = new RequestQueue(extents, () => size, 4 * MIB, outstanding, never());
        const lane = async (): Promise<void> => {
          for (let request = await next(queue); request; request = await next(queue)) {
            const { offset, length, buffer } = request;
            expect(length).toBeLessThanOrEqual(buffer.capacity);
            expect(outstanding.completeBelow()).toBeLessThanOrEqual(offset);
            expect(Math.floor(offset / LARGEST_REQUEST)).toBe(
              Math.floor((offset + length - 1) / LARGEST_REQUEST),
            );
            covered.push({ offset, length });
            most = Math.max(most, (held += buffer.capacity));
            for (let turn = number() % 4; turn > 0; turn--) await settle();
            size = [KIB64, MIB, 2 * MIB][number() % 3];
            held -= buffer.capacity;
            queue.stored(request);
          }
        };
        await Promise.all(Array.from({ length: 4 }, lane));
        expect(most).toBeLessThanOrEqual(4 * MIB);
        const blocks = covered.flatMap(({ offset, length }) =>
          Array.from({ length: length / KIB64 }, (_, index) => offset / KIB64 + index),
        );
        const wanted = extents.flatMap(({ offset, length }) =>
          Array.from({ length: length / KIB64 }, (_, index) => offset / KIB64 + index),
        );
        expect(blocks.sort((a, b) => a - b)).toEqual(wanted);
        const end = extents.at(-1)!;
        expect(outstanding.completeBelow()).toBe(end.offset + end.length);
      },
    ),
    { seed: 11, numRuns: 60 },
  );
});

it('lets one of the largest through, however little room there is', async () => {
  const got = asking(
    queueOf(8 * MIB, () => 2 * MIB, KIB64),
    2,
  );
  await settle();
  expect(got).toHaveLength(1);
});

it('ends for those that wait when the last was handed out, or when it is told to', async () => {
  const queue = queueOf(2 * MIB, () => 2 * MIB, 2 * MIB);
  const only = await next(queue);
  const waiting = [next(queue), next(queue)];
  queue.stored(only!);
  expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  const stop = new AbortController();
  const stopped = queueOf(8 * MIB, () => 2 * MIB, 2 * MIB, stop.signal);
  await next(stopped);
  const last = next(stopped);
  stop.abort();
  expect(await last).toBeUndefined();
  expect(await next(queueOf(MIB, () => MIB, MIB, AbortSignal.abort()))).toBeUndefined();
});

it.each([0, 3 * KIB64, 4 * MIB])('refuses a size of %s', async (size) => {
  await expect(next(queueOf(8 * MIB, () => size, 64 * MIB))).rejects.toThrow(RangeError);
});
