import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockBitmap } from '../../src/shared/blocks/bitmap';
import { FailureError } from '../../src/shared/model/failure';
import { decodeBitmap } from '../../src/main/engine/cbt/changed-blocks';
import { parseNbdUri } from '../../src/main/engine/nbd/uri';
import { callFailure } from '../../src/main/engine/xapi/errors/call-failure';
import { xapiFailure, XAPI_ERRORS } from '../../src/main/engine/xapi/errors/error-map';
import { nbdInfoSchema, nbdTargets } from '../../src/main/engine/xapi/pool/nbd-targets';
import { RecordCache } from '../../src/main/engine/xapi/pool/record-cache';
import { taskResult } from '../../src/main/engine/xapi/pool/task-result';
import { parseAddress } from '../../src/main/engine/xapi/transport/address';
import { readVhdLayout } from '../../src/main/engine/export/stream/vhd-layout';
import { readQcow2Blocks } from '../../src/main/engine/export/stream/qcow2-layout';
import { ByteReader } from '../../src/main/engine/export/stream/byte-reader';
import { EVEN, growth } from '../fixtures/growth';

const RUNS = { numRuns: 1000, seed: 20261123 };

/** Passes when `work` returns, or throws a failure that has a name. */
function namedAtWorst(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(FailureError);
    expect((error as FailureError).failure.code).not.toBe('internal-error');
  }
}

test('a bitmap covers exactly its disk, first block in the highest bit, or is refused', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      fc.integer({ min: 0, max: 40 * 8 * 65_536 }),
      fc.boolean(),
      (bytes, size, exact) => {
        const sizeBytes = exact ? Math.max(0, bytes.length * 8 * 65_536 - (size % (8 * 65_536))) : size;
        const blocks = Math.ceil(sizeBytes / 65_536);
        const needed = Math.ceil(blocks / 8);
        const fits = bytes.length === needed;
        let decoded: Uint8Array | undefined;
        namedAtWorst(() => (decoded = decodeBitmap(Buffer.from(bytes).toString('base64'), sizeBytes)));
        expect(decoded !== undefined).toBe(fits);
        if (!decoded) return;
        const bitmap = new BlockBitmap(decoded, sizeBytes);
        const marked = Array.from({ length: blocks }, (_, n) => ((bytes[n >> 3] >> (7 - (n & 7))) & 1) === 1);
        expect(Array.from({ length: blocks }, (_, n) => bitmap.has(n))).toEqual(marked);
        const covered = [...bitmap.extents()];
        for (const { offset, length } of covered) expect(offset + length).toBeLessThanOrEqual(sizeBytes);
        expect(covered.reduce((sum, { length }) => sum + length, 0)).toBe(
          marked.reduce((sum, is, n) => sum + (is ? Math.min(65_536, sizeBytes - n * 65_536) : 0), 0),
        );
      },
    ),
    RUNS,
  );
});

test('what is no base64 is refused, however little is wrong with it', () => {
  for (const text of ['=', 'AA', 'AA=', 'AAA', 'A===', 'AAAA\n', ' AAAA', 'AA==AAAA', 'AA-_', 'AB==', '💾'])
    expect(() => decodeBitmap(text, 65_536), text).toThrow(FailureError);
});

test('the result of a task is a string or a failure, and soon', () => {
  const piece = fc.constantFrom(
    '<value>',
    '</value>',
    '<string>',
    '</string>',
    '<string/>',
    ' ',
    '&lt;',
    'x',
    '<',
  );
  const result = fc.oneof(
    fc.array(piece, { maxLength: 10 }).map((parts) => parts.join('')),
    fc.string(),
  );
  const status = fc.constantFrom('success', 'failure', 'cancelled', 'pending') as fc.Arbitrary<'success'>;
  fc.assert(
    fc.property(result, status, fc.array(fc.string(), { maxLength: 3 }), (text, state, error_info) =>
      namedAtWorst(() => taskResult({ status: state, progress: 1, result: text, error_info }, 'VDI.copy')),
    ),
    RUNS,
  );
  const long = (size: number): void => {
    const text = `${' '.repeat(size)}x${' '.repeat(size)}`;
    namedAtWorst(() =>
      taskResult({ status: 'success', progress: 1, result: text, error_info: [] }, 'VDI.copy'),
    );
  };
  expect(growth(long, 5000)).toBeLessThan(EVEN);
});

test('records of any shape are taken or refused by name', () => {
  const classes = fc.constantFrom(
    'pool',
    'host',
    'network',
    'pif',
    'pbd',
    'sr',
    'sm',
    'vm',
    'vdi',
    'vbd',
    'message',
    'x',
  );
  fc.assert(
    fc.property(classes, fc.anything(), fc.constantFrom('add', 'mod', 'del'), (name, snapshot, operation) =>
      namedAtWorst(() => new RecordCache().apply({ class: name, ref: 'OpaqueRef:1', operation, snapshot })),
    ),
    RUNS,
  );
});

test('nothing that opens a session gets into a failure, whatever a pool or the system says', () => {
  const secret = '9b2e41aa-1111-4222-8333-444455556666';
  const told = fc.constantFrom(
    `OpaqueRef:${secret}`,
    `/vdi?session_id=OpaqueRef:${secret}`,
    `https://host/export_raw_vdi?session_id=OpaqueRef%3A${secret}&vdi=1`,
    `Authorization: Basic ${secret}`,
  );
  const code = fc.oneof(fc.constantFrom(...Object.keys(XAPI_ERRORS)), fc.string());
  fc.assert(
    fc.property(code, fc.array(told, { minLength: 1, maxLength: 4 }), fc.string(), (name, params, rest) => {
      const errors = [
        xapiFailure(name, params, 'VDI.snapshot'),
        callFailure({ code: name, params }, 'VDI.snapshot', 'https://pool'),
        callFailure(new Error(`${rest} ${params[0]}`), 'VDI.snapshot', 'https://pool'),
        callFailure(Object.assign(new Error(params[0]), { code: 'EPIPE' }), 'VDI.snapshot', 'https://pool'),
        callFailure(params[0], 'VDI.snapshot', 'https://pool'),
      ];
      for (const failure of errors) expect(JSON.stringify(failure)).not.toContain(secret);
    }),
    RUNS,
  );
});

test('addresses and NBD information of any shape', () => {
  fc.assert(
    fc.property(fc.oneof(fc.webUrl(), fc.string(), fc.ipV6()), fc.anything(), (text, info) => {
      namedAtWorst(() => parseAddress(text));
      const parsed = nbdInfoSchema.safeParse(info);
      if (parsed.success) namedAtWorst(() => nbdTargets(parsed.data, 'uuid', 'secure', new RecordCache()));
    }),
    RUNS,
  );
  const part = fc.constantFrom(
    'nbd',
    'nbds',
    '+unix',
    '://',
    '/',
    '?socket=',
    '%',
    '%41',
    '[::1]',
    ':',
    '99999',
    '#',
    '@',
    'h',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
        fc.string(),
      ),
      (text) => {
        const uri = parseNbdUri(text);
        if (!uri.ok) expect(uri.failure.code).toBe('nbd-bad-uri');
        else if (uri.value.address.kind === 'tcp') {
          expect(uri.value.address.port).toBeGreaterThan(0);
          expect(uri.value.address.port).toBeLessThan(65_536);
        }
      },
    ),
    RUNS,
  );
});

test('the head of a VHD stream, damaged anywhere: a layout within the disk, or refused', async () => {
  const sizeBytes = 9 * 1024 * 1024;
  const sound = vhdHead(sizeBytes);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }),
      fc.nat(sound.length),
      fc.boolean(),
      async (spots, end, cut) => {
        const bytes = Buffer.from(sound);
        for (const [at, value] of spots) bytes[at] = value;
        repairChecksums(bytes);
        const chunks = (async function* () {
          yield await Promise.resolve(cut ? bytes.subarray(0, end) : bytes);
        })();
        try {
          const layout = await readVhdLayout(new ByteReader(chunks), { differencing: false, sizeBytes });
          expect(layout.sizeBytes).toBeGreaterThanOrEqual(sizeBytes);
          for (const { block, position } of layout.blocks) {
            expect(block * 2 * 1024 * 1024).toBeLessThan(layout.sizeBytes);
            expect(position).toBeGreaterThan(0);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(FailureError);
          expect((error as FailureError).failure.code).toMatch(/^stream-/);
        }
      },
    ),
    { numRuns: 500, seed: 20261123 },
  );
});

test('the head of a qcow2 stream, damaged anywhere: blocks of the disk, or refused', async () => {
  const { bytes: sound, sizeBytes, places } = qcow2Head();
  let [read, refused] = [0, 0];
  const byte = fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.integer({ min: 0, max: 255 }));
  const where = fc.oneof(fc.constantFrom(...places), fc.nat(103));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(where, byte), { maxLength: 3 }),
      fc.nat(sound.length),
      fc.constantFrom(false, false, false, true),
      fc.boolean(),
      async (spots, end, cut, differencing) => {
        const bytes = Buffer.from(sound);
        for (const [at, value] of spots) bytes[at] = value;
        let served = 0;
        const chunks = (async function* () {
          for (let at = 0; at < (cut ? end : bytes.length); at += 65_536) {
            served = at;
            yield await Promise.resolve(bytes.subarray(at, cut ? Math.min(end, at + 65_536) : at + 65_536));
          }
        })();
        try {
          const blocks = await readQcow2Blocks(new ByteReader(chunks), { differencing, sizeBytes });
          read++;
          expect(blocks.sizeBytes).toBe(sizeBytes);
          expect(blocks.bytes.length).toBe(Math.ceil(blocks.blocks / 8));
        } catch (error) {
          refused++;
          expect(error).toBeInstanceOf(FailureError);
          expect((error as FailureError).failure.code).toMatch(/^stream-/);
        }
        expect(served).toBeLessThan(bytes.length);
      },
    ),
    { numRuns: 400, seed: 20261128 },
  );
  expect([read > 20, refused > 100]).toEqual([true, true]);
});

/** Header, refcounts, L1 with the second of three L2 tables, and that table. `places`: bytes that mean something. */
function qcow2Head(): { bytes: Buffer; sizeBytes: number; places: number[] } {
  const cluster = 65_536;
  const [sizeBytes, l1, l2, data] = [3 * 8192 * cluster - 512, 3 * cluster, 4 * cluster, 5 * cluster];
  const bytes = Buffer.alloc(data);
  bytes.write('QFI\xfb', 0, 'latin1');
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(16, 20);
  bytes.writeBigUInt64BE(BigInt(sizeBytes), 24);
  bytes.writeUInt32BE(3, 36);
  bytes.writeBigUInt64BE(BigInt(l1), 40);
  bytes.writeUInt32BE(104, 100);
  const copied = 1n << 63n;
  bytes.writeBigUInt64BE(BigInt(l2) | copied, l1 + 8);
  bytes.writeBigUInt64BE(BigInt(data) | copied, l2);
  bytes.writeBigUInt64BE(BigInt(data + cluster) | copied, l2 + 8);
  bytes.writeBigUInt64BE(1n, l2 + 40);
  bytes.writeBigUInt64BE(BigInt(data + 3 * cluster), l2 + 8191 * 8);
  const from = (start: number, length: number): number[] => Array.from({ length }, (_, at) => start + at);
  return { bytes, sizeBytes, places: [...from(l1, 24), ...from(l2, 48), ...from(l2 + 8190 * 8, 16)] };
}

/** Footer, header and table as a host sends them. */
function vhdHead(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(2048 + 512);
  bytes.write('conectix', 0, 'latin1');
  bytes.writeUInt32BE(0x0001_0000, 12);
  bytes.writeBigUInt64BE(512n, 16);
  bytes.writeBigUInt64BE(BigInt(sizeBytes), 40);
  bytes.writeBigUInt64BE(BigInt(sizeBytes), 48);
  bytes.writeUInt32BE(3, 60);
  bytes.write('cxsparse', 512, 'latin1');
  bytes.writeBigUInt64BE(0xffff_ffff_ffff_ffffn, 520);
  bytes.writeBigUInt64BE(2048n, 528);
  bytes.writeUInt32BE(0x0001_0000, 536);
  bytes.writeUInt32BE(5, 540);
  bytes.writeUInt32BE(2 * 1024 * 1024, 544);
  bytes.fill(0xff, 2048);
  bytes.writeUInt32BE(6, 2048 + 4);
  repairChecksums(bytes);
  return bytes;
}

/** So that damage gets past the checksums. Source: Virtual Hard Disk Image Format Specification, "Checksum". */
function repairChecksums(bytes: Buffer): void {
  for (const [start, length, field] of [
    [0, 512, 64],
    [512, 1024, 512 + 36],
  ]) {
    bytes.writeUInt32BE(0, field);
    let sum = 0;
    for (let at = start; at < start + length; at++) sum += bytes[at];
    bytes.writeUInt32BE(~sum >>> 0, field);
  }
}
