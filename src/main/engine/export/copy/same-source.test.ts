import { describe, expect, it } from 'vitest';
import { loadBlockHasher } from '../checksums/block-hash';
import type { BlockBuffer } from '../../block-io/block-buffer';
import { runCopy } from './copy';
import { CopyCounters } from './counters';
import { MemorySink, MemorySource } from './memory-disk.fixture';
import { Pace } from './pace';
import { SameSource } from './same-source';

const KIB64 = 65_536;
/** Its last block is a short one. */
const SIZE = 200 * KIB64 + 512;
const CUT = 100;
const READ_AGAIN = 'of the blocks that are there already were read again and are the same.';

/** Every fourth block is empty. */
function disk(): Buffer {
  const bytes = Buffer.alloc(SIZE);
  for (let block = 0; block * KIB64 < SIZE; block++)
    if (block % 4 !== 3) bytes.fill(1 + (block % 250), block * KIB64, Math.min((block + 1) * KIB64, SIZE));
  return bytes;
}

/** Its connection is lost before block {@link CUT} is read for the first time. */
class CutSource extends MemorySource {
  losses = 0;

  constructor(
    bytes: Buffer,
    private readonly meanwhile: () => void,
  ) {
    super(bytes);
  }

  override async read(into: BlockBuffer, offset: number, length: number): Promise<void> {
    if (offset >= CUT * KIB64 && this.losses === 0) {
      this.losses++;
      this.meanwhile();
    }
    await super.read(into, offset, length);
  }
}

/** Once it was cut, connections are lost faster than a sample can be read. */
class ShakySource extends CutSource {
  override async read(into: BlockBuffer, offset: number, length: number): Promise<void> {
    if (this.losses > 0) this.losses++;
    await super.read(into, offset, length);
  }
}

async function copied(
  meanwhile: (bytes: Buffer, stop: AbortController) => void,
  lanes = 1,
  Source = CutSource,
) {
  const bytes = disk();
  const stop = new AbortController();
  const source = new Source(bytes, () => meanwhile(bytes, stop));
  const sink = new MemorySink(Buffer.alloc(SIZE));
  const counters = new CopyCounters();
  const hash = await loadBlockHasher();
  const pace = new Pace();
  const log: string[] = [];
  const parts = { source, losses: () => source.losses, hash, pace };
  const same = new SameSource({ ...parts, log: (_, text) => log.push(text) });
  const copying = runCopy(
    {
      source,
      sink,
      extents: [{ offset: 0, length: SIZE }],
      incremental: false,
      hash,
      // Neither what the image keeps nor its checksums are needed.
      checksums: undefined,
      base: undefined,
      counters,
      requestBytes: KIB64,
      lanes,
      pace,
      same,
    },
    stop.signal,
  );
  return { copying, source, sink, counters, log };
}

describe.each([1, 8])('a connection is lost in a copy of %i lanes', (lanes) => {
  it('a sample is read again, which counts as nothing, and the copy goes on', async () => {
    const { copying, source, sink, counters, log } = await copied(() => undefined, lanes);
    await copying;
    expect(sink.bytes.equals(source.bytes)).toBe(true);
    expect(log).toEqual([expect.stringContaining(READ_AGAIN)]);
    const readBytes = source.reads.reduce((sum, { length }) => sum + length, 0);
    expect(counters.get('readBytes')).toBe(SIZE);
    expect((readBytes - SIZE) / KIB64).toSatisfy((blocks: number) => blocks > 48 && blocks <= 96);
  });

  it.each([
    ['data', 0],
    ['zeros', 3],
  ])('%s that were written to end it, and nothing is stored that was read since', async (_, block) => {
    const before = disk();
    const { copying, sink } = await copied((bytes) => {
      bytes.fill(255, block * KIB64, block * KIB64 + 1);
      bytes.fill(255, CUT * KIB64);
    }, lanes);
    await expect(copying).rejects.toMatchObject({
      failure: { code: 'snapshot-changed', details: `at ${block * KIB64}` },
    });
    expect(sink.calls.length).toBeGreaterThan(CUT / 2);
    for (const { offset, length } of sink.calls) {
      const end = offset + length;
      expect(end).toBeLessThanOrEqual(CUT * KIB64);
      expect(sink.bytes.subarray(offset, end).equals(before.subarray(offset, end))).toBe(true);
    }
  });

  it('again and again, before the sample was read: the copy ends, and nothing is stored unproved', async () => {
    const { copying, sink } = await copied(() => undefined, lanes, ShakySource);
    await expect(copying).rejects.toMatchObject({
      failure: { code: 'nbd-closed-mid-read', details: expect.stringContaining('10 times') as string },
    });
    for (const { offset, length } of sink.calls) expect(offset + length).toBeLessThanOrEqual(CUT * KIB64);
  });

  it('who cancels is not kept waiting', async () => {
    const { copying, source } = await copied((_, stop) => stop.abort(), lanes);
    await expect(copying).rejects.toMatchObject({ failure: { code: 'cancelled' } });
    expect(source.reads.length).toBeLessThanOrEqual(CUT + lanes);
  });
});

it('nothing is read again while no connection is lost', async () => {
  const { copying, source, sink, log } = await copied(() => (source.losses = 0));
  await copying;
  expect(sink.bytes.equals(source.bytes)).toBe(true);
  expect([log, source.reads.length]).toEqual([[], 201]);
});
