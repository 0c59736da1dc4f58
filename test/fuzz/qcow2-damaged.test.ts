import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect, pattern, readRange } from '../fixtures/image-source';
import { demandSound } from '../fixtures/qemu-img';
import { tempDir } from '../fixtures/temp-dir';
import { openQcow2 } from '../../src/main/engine/image/qcow2/reader';
import { createQcow2 } from '../../src/main/engine/image/qcow2/writer';

const CLUSTER = 64 * 1024;
/** Where the writer puts things in a small image whose first write is at the disk's start. */
const L1 = CLUSTER;
const L2 = 2 * CLUSTER;
const DATA = 3 * CLUSTER;

let dir: ReturnType<typeof tempDir>;
let path: string;
let refcountBlock: number;

beforeEach(async () => {
  dir = tempDir();
  path = join(dir.path, 'image.qcow2');
  const sink = await createQcow2({ path, finalPath: path, sizeBytes: 1024 * CLUSTER });
  await sink.write(0, pattern(2 * CLUSTER, 1), 0, 2 * CLUSTER);
  await sink.finish();
  refcountBlock = 5 * CLUSTER;
});
afterEach(() => dir.remove());

function patch(change: (image: Buffer) => void): void {
  const image = readFileSync(path);
  change(image);
  writeFileSync(path, image);
}

async function openingFails(code: string, message: RegExp): Promise<void> {
  await expect(openQcow2(path)).rejects.toMatchObject({
    failure: { code, message: expect.stringMatching(message) },
  });
}

async function readingFails(message: RegExp): Promise<void> {
  const image = await openQcow2(path);
  try {
    const failure = { failure: { message: expect.stringMatching(message) } };
    await expect(readRange(image, 0, CLUSTER)).rejects.toMatchObject(failure);
    await expect(collect(image.stored())).rejects.toMatchObject(failure);
  } finally {
    await image.close();
  }
}

async function faults(): Promise<string[]> {
  const image = await openQcow2(path);
  try {
    return (await image.check()).map(({ fileOffset, message }) => `${fileOffset}: ${message}`);
  } finally {
    await image.close();
  }
}

describe('a header that cannot be right', () => {
  const cases: [string, RegExp, (image: Buffer) => void][] = [
    ['magic', /byte 0: it does not begin with a qcow2 header/, (image) => image.write('VHDX', 0)],
    ['cluster size too small', /byte 20: a cluster size of 2\^8/, (image) => image.writeUInt32BE(8, 20)],
    ['cluster size too large', /byte 20: a cluster size of 2\^22/, (image) => image.writeUInt32BE(22, 20)],
    [
      'disk larger than its L1 table',
      /byte 36: an L1 table of 1 entries is too small/,
      (image) => image.writeBigUInt64BE(2n ** 40n, 24),
    ],
    [
      'huge L1 table',
      /byte 36: an L1 table of 4294967295 entries is too large/,
      (image) => image.writeUInt32BE(0xffffffff, 36),
    ],
    [
      'L1 table beyond the end',
      /byte 40: the L1 table .* beyond the end/,
      (image) => image.writeBigUInt64BE(2n ** 56n, 40),
    ],
    [
      'L1 table between clusters',
      /byte 40: the L1 table at 512 does not begin/,
      (image) => image.writeBigUInt64BE(512n, 40),
    ],
    [
      'huge refcount table',
      /byte 56: a refcount table of 65535 clusters is too large/,
      (image) => image.writeUInt32BE(65535, 56),
    ],
    [
      'refcount table beyond the end',
      /byte 48: the refcount table .* beyond the end/,
      (image) => image.writeBigUInt64BE(2n ** 60n, 48),
    ],
    ['refcount width', /byte 96: refcounts of 2\^7 bits/, (image) => image.writeUInt32BE(7, 96)],
    [
      'header length',
      /byte 100: a header of 4294967288 bytes/,
      (image) => image.writeUInt32BE(0xfffffff8, 100),
    ],
    [
      'extension that does not fit',
      /byte 104: a header extension of 65536 bytes/,
      (image) => {
        image.writeUInt32BE(0x12345678, 104);
        image.writeUInt32BE(65536, 108);
      },
    ],
    [
      'backing file name too long',
      /byte 16: a backing file name of 1024 bytes/,
      (image) => {
        image.writeBigUInt64BE(200n, 8);
        image.writeUInt32BE(1024, 16);
      },
    ],
    [
      'backing file name outside',
      /byte 8: the backing file name lies outside/,
      (image) => {
        image.writeBigUInt64BE(65530n, 8);
        image.writeUInt32BE(100, 16);
      },
    ],
    [
      'L2 table beyond the end',
      /byte 65536: the L2 table 0 at 1099511627776 lies beyond/,
      (image) => image.writeBigUInt64BE(2n ** 40n, L1),
    ],
    [
      'L2 table between clusters',
      /byte 65536: the L2 table 0 at 512 does not begin/,
      (image) => image.writeBigUInt64BE(512n, L1),
    ],
  ];
  it.each(cases)('%s', async (_, message, change) => {
    patch(change);
    await openingFails('image-corrupt', message);
  });

  it('two entries of the L1 table that share an L2 table', async () => {
    patch((image) => {
      image.writeBigUInt64BE(2n * 8192n * 65536n, 24);
      image.writeUInt32BE(2, 36);
      image.copy(image, L1 + 8, L1, L1 + 8);
    });
    await openingFails('image-corrupt', /two entries of the L1 table/);
  });

  it('an empty file, and one that is cut inside the header', async () => {
    for (const length of [80, 20, 0]) {
      truncateSync(path, length);
      await openingFails('image-corrupt', /header/);
    }
  });
});

describe('what this reader does not do is refused by name', () => {
  it('LUKS encryption', async () => {
    patch((image) => image.writeUInt32BE(2, 32));
    await openingFails('image-unsupported', /LUKS/);
  });

  it('an unknown feature, with the name that the image gives it', async () => {
    patch((image) => {
      image.writeBigUInt64BE(1n << 40n, 72);
      image.writeUInt32BE(0x6803f857, 104);
      image.writeUInt32BE(48, 108);
      image.writeUInt8(40, 113);
      image.write('holograms\u0007', 114);
    });
    await openingFails('image-unsupported', /the feature "holograms" \(incompatible feature bit 40\)/);
    patch((image) => image.writeBigUInt64BE(1n << 63n, 72));
    await openingFails('image-unsupported', /incompatible feature bit 63/);
  });

  it('a version to come', async () => {
    patch((image) => image.writeUInt32BE(4, 4));
    await openingFails('image-unsupported', /version 4/);
  });
});

describe('tables that cannot be right', () => {
  it('a data cluster beyond the end', async () => {
    patch((image) => image.writeBigUInt64BE((1n << 63n) | (2n ** 55n), L2));
    await readingFails(/byte 131072: .* beyond the end of the file/);
    expect(await faults()).toContainEqual(expect.stringMatching(/^131072: .*beyond the end/));
  });

  it('a data cluster between clusters', async () => {
    patch((image) => image.writeBigUInt64BE((1n << 63n) | 512n, L2));
    await readingFails(/byte 131072: .* does not begin a cluster/);
    expect(await faults()).toContainEqual(expect.stringMatching(/^131072: .*does not begin a cluster/));
  });

  it('a zero cluster in version 2', async () => {
    patch((image) => {
      image.writeUInt32BE(2, 4);
      image.writeBigUInt64BE(1n, L2);
    });
    await readingFails(/version 2/);
    expect(await faults()).toContainEqual(expect.stringMatching(/^131072: .*version 2/));
  });

  it('a compressed cluster that is none', async () => {
    patch((image) => image.writeBigUInt64BE((1n << 62n) | BigInt(DATA), L2));
    const image = await openQcow2(path);
    await expect(readRange(image, 0, CLUSTER)).rejects.toMatchObject({
      failure: { message: expect.stringMatching(/byte 196608: a compressed cluster/) },
    });
    await image.close();
  });

  it('a file that is cut short', async () => {
    truncateSync(path, DATA + 4096);
    const image = await openQcow2(path).catch((error: unknown) => error);
    expect(image).toMatchObject({
      failure: { code: 'image-corrupt', message: expect.stringMatching(/refcount table .* beyond the end/) },
    });
  });
});

describe('check', () => {
  it('finds nothing in a sound image', async () => {
    expect(await faults()).toEqual([]);
  });

  it('reports the dirty and the corrupt mark', async () => {
    patch((image) => image.writeBigUInt64BE(3n, 72));
    expect(await faults()).toEqual([
      expect.stringMatching(/^72: .*corrupt/),
      expect.stringMatching(/^72: .*not closed properly/),
    ]);
  });

  it('finds a cluster that two blocks share', async () => {
    patch((image) => image.copy(image, L2 + 8, L2, L2 + 8));
    expect(await faults()).toEqual([
      expect.stringMatching(/^131080: The cluster at 196608 is used by a data cluster and by something else/),
      expect.stringMatching(/^196608: .* used 2 times, but its refcount is 1/),
      expect.stringMatching(/^262144: .* is lost/),
    ]);
  });

  it('finds data that lies on a table, and a table that describes itself', async () => {
    patch((image) => image.writeBigUInt64BE((1n << 63n) | BigInt(L1), L2));
    expect(await faults()).toContainEqual(
      expect.stringMatching(/^131072: The cluster at 65536 is used by a data cluster and/),
    );
    patch((image) => image.writeBigUInt64BE((1n << 63n) | BigInt(L2), L2));
    expect(await faults()).toContainEqual(
      expect.stringMatching(/^131072: The cluster at 131072 is used by a data cluster and/),
    );
  });

  it('finds a wrong refcount, and a missing block of them', async () => {
    patch((image) => image.writeUInt16BE(0, refcountBlock + 2 * 3));
    expect(await faults()).toEqual([
      expect.stringMatching(/^196608: .* is used 1 times, but its refcount is 0/),
    ]);
    patch((image) => image.writeBigUInt64BE(0n, 6 * CLUSTER));
    expect(await faults()).toHaveLength(6);
  });

  const entries: [string, number, bigint, RegExp][] = [
    ['an L2 table', L1, 1n << 60n, /^65536: Bits that have no meaning/],
    ['an L2 table, below its offset', L1, 1n, /^65536: Bits that have no meaning/],
    ['an L2 table, as if it were compressed', L1, 1n << 62n, /^65536: Bits that have no meaning/],
    ['an L2 table, its mark', L1, 1n << 63n, /^65536: The entry of an L2 table lacks the mark/],
    ['a cluster', L2, 1n << 56n, /^131072: Bits that have no meaning/],
    ['a cluster, below its offset', L2, 2n, /^131072: Bits that have no meaning/],
    ['a cluster, its mark', L2, 1n << 63n, /^131072: The entry of a data cluster lacks the mark/],
    ['a zero cluster', L2 + 16, (1n << 61n) | 1n, /^131088: Bits that have no meaning/],
  ];
  it.each(entries)('finds a wrong bit in the entry of %s, as qemu-img does', async (_, at, bits, message) => {
    patch((image) => image.writeBigUInt64BE(image.readBigUInt64BE(at) ^ bits, at));
    expect(await faults()).toEqual([expect.stringMatching(message)]);
    await expect(demandSound(path, 'qcow2')).rejects.toThrow('ERROR');
  });

  it('finds clusters that nothing uses', async () => {
    patch((image) => image.writeUInt16BE(1, refcountBlock + 2 * 7));
    appendFileSync(path, Buffer.alloc(CLUSTER));
    expect(await faults()).toEqual([expect.stringMatching(/^458752: The cluster at 458752 is lost/)]);
  });

  it('stays readable when thousands of entries are wrong', async () => {
    patch((image) => {
      for (let index = 0; index < 8192; index++)
        image.writeBigUInt64BE((1n << 63n) | BigInt(DATA), L2 + index * 8);
    });
    const found = await faults();
    expect(found.length).toBeLessThan(1100);
    expect(found.at(-1)).toMatch(/more faults/);
  });
});
