import { afterEach, describe, expect, test } from 'vitest';
import { BlockBuffer } from '../../src/main/engine/block-io/block-buffer';
import { openNbd } from '../../src/main/engine/nbd/open';
import type { OpenNbdOptions } from '../../src/main/engine/nbd/settings';
import type { NbdSource } from '../../src/main/engine/nbd/source';
import { unwrap, type Result } from '../../src/shared/model/result';
import {
  chunk,
  greet,
  handshake,
  readOption,
  readRequest,
  replyOption,
  simpleReply,
  startScriptedServer,
  u16,
  u32,
  u64,
  type NbdRequest,
  type Peer,
  type ScriptedServer,
} from '../fixtures/scripted-nbd-server';

const SIZE = 1 << 20;
let server: ScriptedServer | undefined;
let source: NbdSource | undefined;

afterEach(async () => {
  await source?.close();
  await server?.stop();
  source = server = undefined;
});

async function open(
  script: (peer: Peer, index: number) => Promise<void> | void,
  options: Partial<OpenNbdOptions> = {},
): Promise<Result<NbdSource>> {
  server = await startScriptedServer(script);
  return openNbd({
    targets: [
      {
        address: { kind: 'tcp', host: '127.0.0.1', port: server.port },
        exportName: 'x',
        tls: { mode: 'none' },
      },
    ],
    connections: 1,
    maxAttempts: 2,
    sleep: async () => undefined,
    ...options,
  });
}

describe('a handshake that goes wrong', () => {
  const half = Buffer.from('NBDMAGICIHAV');
  test.each<[string, (peer: Peer) => Promise<void> | void, string]>([
    ['HTTP instead of NBD', (peer) => peer.write('HTTP/1.1 400 Bad Request\r\n\r\n'), 'nbd-protocol-error'],
    [
      'the oldstyle protocol',
      (peer) => peer.write('NBDMAGIC', u64(0x00420281861253n), Buffer.alloc(136)),
      'nbd-old-protocol',
    ],
    ['newstyle that is not fixed', (peer) => peer.write('NBDMAGICIHAVEOPT', u16(0)), 'nbd-old-protocol'],
    [
      'a greeting cut in the middle',
      (peer) => {
        peer.write(half);
        peer.end();
      },
      'nbd-closed-in-handshake',
    ],
    [
      'a flood after the greeting',
      (peer) => peer.write('NBDMAGICIHAVEOPT', u16(3), Buffer.alloc(1 << 20)),
      'nbd-protocol-error',
    ],
    [
      'a reply with the wrong magic',
      async (peer) => {
        await greet(peer);
        peer.write(Buffer.alloc(20, 1));
      },
      'nbd-protocol-error',
    ],
    [
      'an answer to another option',
      async (peer) => {
        await greet(peer);
        await readOption(peer);
        replyOption(peer, 99, 1);
      },
      'nbd-protocol-error',
    ],
    [
      'an option reply of 4 GiB',
      async (peer) => {
        await greet(peer);
        const { option } = await readOption(peer);
        peer.write(u64(0x0003e889045565a9n), u32(option), u32(3), u32(0xffffffff));
      },
      'nbd-protocol-error',
    ],
    [
      'replies without end',
      async (peer) => {
        await greet(peer);
        const { option } = await readOption(peer);
        for (let i = 0; i < 1000; i++) replyOption(peer, option, 3, u16(9));
      },
      'nbd-protocol-error',
    ],
    [
      'GO without a size',
      async (peer) => {
        await greet(peer);
        for (;;) {
          const { option } = await readOption(peer);
          replyOption(peer, option, 1);
        }
      },
      'nbd-protocol-error',
    ],
    ['a disk of 2^63 bytes', (peer) => handshake(peer, { sizeBytes: 2 ** 63 }), 'nbd-too-large'],
    [
      'block sizes of nonsense',
      (peer) => handshake(peer, { sizeBytes: SIZE, blockSizes: [3, 7, 1] }),
      'nbd-protocol-error',
    ],
    [
      'an export it does not know',
      async (peer) => {
        await greet(peer);
        for (;;) {
          const { option } = await readOption(peer);
          replyOption(peer, option, option === 7 ? 0x80000006 : 0x80000001, Buffer.from('no export x'));
        }
      },
      'nbd-export-refused',
    ],
  ])('%s', async (_name, script, code) => {
    expect(await open(script)).toMatchObject({ ok: false, failure: { code } });
  });

  test.each<[string, (peer: Peer) => Promise<void> | void]>([
    ['the greeting', () => undefined],
    [
      'an option',
      async (peer) => {
        await greet(peer);
      },
    ],
  ])('a server that never answers with %s', async (_name, script) => {
    const result = await open(script, { connectTimeoutMs: 100, handshakeTimeoutMs: 100 });
    expect(result).toMatchObject({ ok: false, failure: { code: 'nbd-timeout' } });
  });

  test('nobody listens', async () => {
    server = await startScriptedServer(() => undefined);
    await server.stop();
    const target = {
      address: { kind: 'tcp', host: '127.0.0.1', port: server.port },
      exportName: '',
      tls: { mode: 'none' },
    } as const;
    expect(await openNbd({ targets: [target] })).toMatchObject({
      failure: { code: 'nbd-unreachable', details: 'ECONNREFUSED' },
    });
  });

  test('cancelled while the server is silent', async () => {
    const cancel = new AbortController();
    const opening = open(() => cancel.abort(), { signal: cancel.signal });
    expect(await opening).toMatchObject({ failure: { code: 'nbd-cancelled' } });
  });
});

/** Serves one read of the whole disk with `answer`. */
const serving =
  (structured: boolean, answer: (peer: Peer, request: NbdRequest) => void) =>
  async (peer: Peer): Promise<void> => {
    await handshake(peer, { sizeBytes: SIZE, structured });
    for (;;) answer(peer, await readRequest(peer));
  };
const data = Buffer.alloc(SIZE, 0xab);
const DONE = 1;

describe('replies that the protocol does not allow cut the connection', () => {
  const at = (offset: number, bytes: Buffer): Buffer => Buffer.concat([u64(offset), bytes]);
  test.each<[string, boolean, (peer: Peer, request: NbdRequest) => void]>([
    ['an unknown magic', false, (peer) => peer.write(Buffer.alloc(64, 7))],
    ['a cookie that was not given', false, (peer) => simpleReply(peer, u64(77), 0, data)],
    [
      'a cookie with other high bits',
      false,
      (peer, { cookie }) => simpleReply(peer, Buffer.concat([u32(1), cookie.subarray(4)]), 0, data),
    ],
    [
      'a second answer',
      false,
      (peer, { cookie }) => {
        simpleReply(peer, cookie, 0, data);
        simpleReply(peer, cookie, 0, data);
      },
    ],
    ['a structured reply that was not negotiated', false, (peer, { cookie }) => chunk(peer, cookie, 0, DONE)],
    [
      'a simple reply with data where structured ones were agreed',
      true,
      (peer, { cookie }) => simpleReply(peer, cookie, 0, data),
    ],
    ['data behind the request', true, (peer, { cookie }) => chunk(peer, cookie, 1, DONE, at(1, data))],
    ['data before the request', true, (peer, { cookie }) => chunk(peer, cookie, 1, DONE, at(2 ** 40, data))],
    [
      'a hole outside of the request',
      true,
      (peer, { cookie }) => chunk(peer, cookie, 2, DONE, at(SIZE - 512, u32(1024))),
    ],
    ['a hole of no length', true, (peer, { cookie }) => chunk(peer, cookie, 2, 0, at(0, u32(0)))],
    ['a chunk of the wrong length', true, (peer, { cookie }) => chunk(peer, cookie, 2, 0, Buffer.alloc(13))],
    ['an empty data chunk', true, (peer, { cookie }) => chunk(peer, cookie, 1, 0, u64(0))],
    [
      'the same data twice',
      true,
      (peer, { cookie }) => {
        chunk(peer, cookie, 1, 0, at(0, data));
        chunk(peer, cookie, 1, DONE, at(0, data));
      },
    ],
    [
      'the end before all data',
      true,
      (peer, { cookie }) => {
        chunk(peer, cookie, 1, 0, at(0, data.subarray(1)));
        chunk(peer, cookie, 0, DONE);
      },
    ],
    ['a NONE chunk that is not the last', true, (peer, { cookie }) => chunk(peer, cookie, 0, 0)],
    ['a chunk of unknown type', true, (peer, { cookie }) => chunk(peer, cookie, 9, DONE)],
    [
      'block status for a read',
      true,
      (peer, { cookie }) => chunk(peer, cookie, 5, DONE, Buffer.concat([u32(1), u32(512), u32(0)])),
    ],
    [
      'an error chunk of a GiB',
      true,
      (peer, { cookie }) => peer.write(u32(0x668e33ef), u16(1), u16(0x8001), cookie, u32(1 << 30)),
    ],
    [
      'an error chunk longer than itself',
      true,
      (peer, { cookie }) => chunk(peer, cookie, 0x8001, DONE, Buffer.concat([u32(5), u16(99)])),
    ],
  ])('%s', async (name, structured, answer) => {
    source = unwrap(await open(serving(structured, answer)));
    const first = new BlockBuffer(SIZE);
    const reading = source.read(first, 0, SIZE);
    if (name === 'a second answer') {
      await reading;
      await expect.poll(() => source!.stats.lastFailure?.code).toBe('nbd-protocol-error');
    } else await expect(reading).rejects.toMatchObject({ failure: { code: 'nbd-protocol-error' } });
    expect(source.stats.connectionsLive).toBe(0);
    await expect(source.read(first, 0, 512)).rejects.toMatchObject({
      failure: { code: 'nbd-protocol-error' },
    });
  });
});

describe('structured replies', () => {
  test('chunks in any order, with holes, fill exactly their place', async () => {
    const expected = Buffer.alloc(SIZE);
    for (let i = 0; i < SIZE; i += 4) expected.writeUInt32LE(Math.imul(i + 9, 40503) >>> 0, i);
    expected.fill(0, 300_000, 400_000);
    source = unwrap(
      await open(
        serving(true, (peer, { cookie, offset, length }) => {
          const part = (from: number, to: number, flags: number): void =>
            chunk(
              peer,
              cookie,
              1,
              flags,
              Buffer.concat([u64(offset + from), expected.subarray(offset + from, offset + to)]),
            );
          if (length !== SIZE) {
            part(0, length, DONE);
            return;
          }
          part(400_000, SIZE, 0);
          part(100, 200_000, 0);
          chunk(peer, cookie, 2, 0, Buffer.concat([u64(300_000), u32(100_000)]));
          part(0, 100, 0);
          part(200_000, 300_000, 0);
          chunk(peer, cookie, 0, DONE);
        }),
      ),
    );
    const buffers = [new BlockBuffer(SIZE), new BlockBuffer(4096), new BlockBuffer(SIZE)];
    for (const buffer of buffers) buffer.memory.fill(0xee);
    await Promise.all([
      source.read(buffers[0], 0, SIZE),
      source.read(buffers[1], 8192, 4096),
      source.read(buffers[2], 0, SIZE),
    ]);
    expect(buffers[0].data().equals(expected)).toBe(true);
    expect(buffers[1].data().equals(expected.subarray(8192, 12_288))).toBe(true);
    expect(buffers[2].data().equals(expected)).toBe(true);
    for (const buffer of buffers)
      expect(buffer.memory.subarray(0, BlockBuffer.HEADROOM).every((byte) => byte === 0xee)).toBe(true);
  });

  test('bytes that trickle in one by one are put together', async () => {
    source = unwrap(
      await open(async (peer) => {
        await handshake(peer, { sizeBytes: SIZE, structured: true });
        const { cookie } = await readRequest(peer);
        const bytes = Buffer.concat([
          u32(0x668e33ef), u16(0), u16(1), cookie, u32(13), u64(0), Buffer.from('hello'),
          u32(0x668e33ef), u16(1), u16(2), cookie, u32(12), u64(5), u32(3),
        ]); // prettier-ignore
        for (const byte of bytes) {
          peer.write([byte]);
          await new Promise((resolve) => setImmediate(resolve));
        }
      }),
    );
    const buffer = new BlockBuffer(8);
    await source.read(buffer, 0, 8);
    expect(buffer.data().toString('latin1')).toBe('hello\0\0\0');
  });
});

describe('errors while reading', () => {
  test('an error of the disk is tried again and then names the offset; the connection stays', async () => {
    const waits: number[] = [];
    source = unwrap(
      await open(
        serving(false, (peer, { cookie, offset, length }) =>
          offset === 4096
            ? simpleReply(peer, cookie, 5)
            : simpleReply(peer, cookie, 0, data.subarray(0, length)),
        ),
        { maxAttempts: 4, sleep: async (ms) => void waits.push(ms) },
      ),
    );
    await expect(source.read(new BlockBuffer(512), 4096, 512)).rejects.toMatchObject({
      failure: {
        code: 'nbd-read-error',
        message: expect.stringContaining('4096'),
        details: expect.stringContaining('EIO'),
      },
    });
    expect(waits).toEqual([1000, 2000, 4000]);
    await source.read(new BlockBuffer(512), 0, 512);
    expect(source.stats).toMatchObject({ retries: 3, reconnects: 0, connectionsLive: 1 });
  });

  test('an error chunk fails the read once the last chunk is there', async () => {
    const error = Buffer.concat([u32(5), u16(3), Buffer.from('bad')]);
    source = unwrap(
      await open(
        serving(true, (peer, { cookie }) => {
          chunk(peer, cookie, 0x8002, 0, Buffer.concat([error, u64(512)]));
          chunk(peer, cookie, 2, DONE, Buffer.concat([u64(0), u32(512)]));
        }),
      ),
    );
    await expect(source.read(new BlockBuffer(SIZE), 0, SIZE)).rejects.toMatchObject({
      failure: { code: 'nbd-read-error', details: expect.stringContaining('EIO') },
    });
    expect(source.stats.connectionsLive).toBe(1);
  });

  test('a server that falls silent is given up', async () => {
    source = unwrap(
      await open(
        serving(false, () => undefined),
        { requestTimeoutMs: 100, maxAttempts: 2 },
      ),
    );
    await expect(source.read(new BlockBuffer(512), 0, 512)).rejects.toMatchObject({
      failure: { code: 'nbd-timeout' },
    });
    expect(server!.connections()).toBe(2);
  });

  test('a server that does not come back is given up, and says why', async () => {
    source = unwrap(
      await open((peer, index) => (index === 0 ? serving(false, () => peer.end())(peer) : peer.end()), {
        maxAttempts: 3,
      }),
    );
    await expect(source.read(new BlockBuffer(512), 0, 512)).rejects.toMatchObject({
      failure: { code: 'nbd-refused-before-greeting' },
    });
    expect(server!.connections()).toBe(4);
    expect(source.stats.connectionsLive).toBe(0);
  });

  test('closing rejects reads in flight and still says goodbye', async () => {
    const types: number[] = [];
    let asked!: () => void;
    const inFlight = new Promise<void>((resolve) => (asked = resolve));
    source = unwrap(
      await open(
        serving(false, (_peer, { type }) => {
          types.push(type);
          asked();
        }),
      ),
    );
    const reading = source.read(new BlockBuffer(512), 0, 512);
    const rejected = expect(reading).rejects.toMatchObject({ failure: { code: 'nbd-closed' } });
    await inFlight;
    await source.close();
    await rejected;
    await expect.poll(() => types).toEqual([0, 2]);
  });

  test('cancelling rejects reads in flight', async () => {
    const cancel = new AbortController();
    source = unwrap(
      await open(
        serving(false, () => cancel.abort()),
        { signal: cancel.signal },
      ),
    );
    await expect(source.read(new BlockBuffer(512), 0, 512)).rejects.toMatchObject({
      failure: { code: 'nbd-cancelled' },
    });
    await expect(source.read(new BlockBuffer(512), 0, 512)).rejects.toMatchObject({
      failure: { code: 'nbd-cancelled' },
    });
  });

  test('ranges that are not on the disk are refused without asking the server', async () => {
    source = unwrap(await open(serving(false, () => undefined)));
    const buffer = new BlockBuffer(1024);
    for (const [offset, length] of [
      [SIZE - 512, 1024],
      [-512, 512],
      [0.5, 512],
      [SIZE, 1],
    ] as const)
      // prettier-ignore
      await expect(source.read(buffer, offset, length)).rejects.toMatchObject({ failure: { code: 'nbd-bad-range' } });
    await source.read(buffer, SIZE, 0);
  });
});

test('reads longer than the server takes are split, unaligned ones widened', async () => {
  const asked: number[][] = [];
  const pattern = Buffer.from(Array.from({ length: SIZE }, (_, i) => (i * 31) & 255));
  source = unwrap(
    await open(async (peer) => {
      await handshake(peer, { sizeBytes: SIZE, structured: true, blockSizes: [4096, 4096, 65_536] });
      for (;;) {
        const { cookie, type, offset, length } = await readRequest(peer);
        if (type !== 0) continue;
        asked.push([offset, length]);
        chunk(peer, cookie, 1, DONE, Buffer.concat([u64(offset), pattern.subarray(offset, offset + length)]));
      }
    }),
  );
  const buffer = new BlockBuffer(200_000);
  await source.read(buffer, 5000, 150_000);
  expect(buffer.data().equals(pattern.subarray(5000, 155_000))).toBe(true);
  expect(asked).toEqual([
    [4096, 65_536],
    [69_632, 65_536],
    [135_168, 20_480],
  ]);
});

test('connections can be added and taken away while reading', async () => {
  source = unwrap(
    await open(
      serving(
        false,
        (peer, { type, cookie, length }) =>
          type === 0 && simpleReply(peer, cookie, 0, data.subarray(0, length)),
      ),
      {
        connections: 2,
      },
    ),
  );
  const reading = Promise.all(
    Array.from({ length: 32 }, () => source!.read(new BlockBuffer(65_536), 0, 65_536)),
  );
  expect(await source.addConnection()).toEqual({ ok: true, value: undefined });
  expect(source.stats.connectionsLive).toBe(3);
  expect([
    await source.removeConnection(),
    await source.removeConnection(),
    await source.removeConnection(),
  ]).toEqual([true, true, false]);
  await reading;
  expect(source.stats).toMatchObject({ connectionsLive: 1, bytesRead: 32 * 65_536, retries: 0 });
});
