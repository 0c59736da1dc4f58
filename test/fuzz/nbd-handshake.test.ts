import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MOST_DISK_BYTES } from '../../src/shared/blocks/disk-size';
import { openNbd } from '../../src/main/engine/nbd/open';

/** What the server sends, whatever it is asked; the connection ends behind it. */
let script: Buffer = Buffer.alloc(0);
let server: Server;

beforeAll(async () => {
  server = createServer((socket: Socket) => {
    socket.on('error', () => socket.destroy()); // the client may leave at any byte
    socket.resume();
    socket.end(script);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

const u16 = (value: number): number[] => [(value >>> 8) & 255, value & 255];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
const GREETING = [...Buffer.from('NBDMAGICIHAVEOPT')];
const OPTION_REPLY = [0x00, 0x03, 0xe8, 0x89, 0x04, 0x55, 0x65, 0xa9];

const reply = fc
  .tuple(
    fc.constantFrom(8, 10, 7, 1, 5, 0),
    fc.constantFrom(1, 3, 4, 0x8000_0001, 0x8000_0003, 0xffff_ffff),
    fc.oneof(
      fc.constant([...u16(0), ...u32(0), ...u32(1_048_576), ...u16(3)]),
      fc.constant([...u16(0), ...u32(0x7fff_ffff), ...u32(0), ...u16(3)]),
      fc.nat(0x20_0000).map((high) => [...u16(0), ...u32(high), ...u32(512), ...u16(3)]),
      fc.constant([...u16(3), ...u32(0), ...u32(3), ...u32(1)]),
      fc.constant([...u32(1), ...Buffer.from('base:allocation')]),
      fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 20 }),
    ),
    fc.option(fc.constantFrom(0, 16_385, 0x7fff_ffff, 0xffff_ffff), { nil: undefined, freq: 5 }),
  )
  .map(([option, type, body, claimed]) => [
    ...OPTION_REPLY,
    ...u32(option),
    ...u32(type),
    ...u32(claimed ?? body.length),
    ...body,
  ]);

const handshake = fc
  .tuple(
    fc.constantFrom(0, 1, 2, 3, 3, 3, 3, 0xffff),
    fc.array(reply, { maxLength: 8 }),
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 2 }),
    fc.nat(),
    fc.boolean(),
  )
  .map(([flags, replies, spots, end, cut]) => {
    const bytes = Buffer.from([...GREETING, ...u16(flags), ...replies.flat()]);
    for (const [at, value] of spots) bytes[at % bytes.length] = value;
    return cut ? bytes.subarray(0, end % bytes.length) : bytes;
  });

const connectTo = (secure: boolean) =>
  openNbd({
    targets: [
      {
        address: { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port },
        exportName: 'session-secret',
        tls: secure ? { mode: 'fingerprint', sha256: 'ab'.repeat(32) } : { mode: 'none' },
      },
    ],
    connections: 1,
    connectTimeoutMs: 5_000,
    handshakeTimeoutMs: 5_000,
    maxAttempts: 1,
  });

const answer = (option: number, type: number, body: readonly number[] = []): number[] => [
  ...OPTION_REPLY,
  ...u32(option),
  ...u32(type),
  ...u32(body.length),
  ...body,
];

test.each([
  ['64 TiB', 0x4000, 0, undefined],
  ['64 TiB and a byte', 0x4000, 1, 'nbd-too-large'],
  ['5 PiB', 0x14_0000, 0, 'nbd-too-large'],
  ['8 EiB', 0x8000_0000, 0, 'nbd-too-large'],
])('a disk of %s, in answer to GO and to EXPORT_NAME', async (_, high, low, code) => {
  const size = [...u32(high), ...u32(low)];
  const start = [...GREETING, ...u16(3), ...answer(8, 0x8000_0001)];
  const scripts = [
    [...answer(7, 3, [...u16(0), ...size, ...u16(3)]), ...answer(7, 1)],
    [...answer(7, 0x8000_0001), ...size, ...u16(3)],
  ];
  for (const rest of scripts) {
    script = Buffer.from([...start, ...rest]);
    const opened = await connectTo(false);
    if (opened.ok) await opened.value.close();
    expect(opened.ok ? undefined : opened.failure.code).toBe(code);
  }
});

test('whatever a server says while a connection is set up ends soon, in a failure with a name', async () => {
  await fc.assert(
    fc.asyncProperty(handshake, fc.boolean(), async (bytes, secure) => {
      script = bytes;
      const opened = await connectTo(secure);
      if (opened.ok) {
        expect(secure).toBe(false);
        expect(opened.value.sizeBytes).toBeLessThanOrEqual(MOST_DISK_BYTES);
        await opened.value.close();
        return;
      }
      expect(opened.failure.code).toMatch(/^nbd-/);
      expect(opened.failure.code).not.toBe('nbd-timeout');
      expect(JSON.stringify(opened.failure)).not.toContain('session-secret');
    }),
    { numRuns: 300, seed: 20261123 },
  );
}, 60_000);
