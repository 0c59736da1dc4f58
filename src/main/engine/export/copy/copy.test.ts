import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import type { Extent } from '../../../../shared/blocks/extent';
import { FailureError } from '../../../../shared/model/failure';
import { NOT_DURABLE } from '../../image/file-failures';
import { loadBlockHasher } from '../checksums/block-hash';
import { ChecksumReader } from '../checksums/reader';
import { ChecksumWriter } from '../checksums/writer';
import { BaseComparison } from './base-comparison';
import { runCopy, type CopySpec } from './copy';
import { CopyCounters } from './counters';
import { MemorySink, MemorySource } from './memory-disk.fixture';
import { Pace } from './pace';

const KIB64 = 65_536;
const SIZE = 40 * KIB64 + 1536;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-copy-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Blocks 0, 3, 4, 5, 33 and the short last one hold data; the rest is zero. */
function disk(fill = 7): Buffer {
  const bytes = Buffer.alloc(SIZE);
  for (const block of [0, 3, 4, 5, 33]) bytes.fill(fill + block, block * KIB64, (block + 1) * KIB64);
  bytes.fill(fill, 40 * KIB64);
  return bytes;
}

async function spec(source: MemorySource, sink: MemorySink, rest: Partial<CopySpec> = {}): Promise<CopySpec> {
  return {
    source,
    sink,
    extents: [{ offset: 0, length: source.sizeBytes }],
    incremental: false,
    hash: await loadBlockHasher(),
    checksums: undefined,
    base: undefined,
    counters: new CopyCounters(),
    requestBytes: 1024 * 1024,
    lanes: 4,
    pace: new Pace(),
    ...rest,
  };
}

const never = new AbortController().signal;

describe('a full copy', () => {
  it('copies the disk, leaves zeros as holes and joins neighbouring blocks', async () => {
    const source = new MemorySource(disk());
    const sink = new MemorySink(Buffer.alloc(SIZE));
    const checksums = ChecksumWriter.create(join(folder, 'sums'), SIZE);
    const copy = await spec(source, sink, { checksums });
    await runCopy(copy, never);
    expect(sink.bytes.equals(source.bytes)).toBe(true);
    expect(sink.calls.map(({ kind, offset, length }) => [kind, offset / KIB64, length])).toEqual([
      ['data', 0, KIB64],
      ['data', 3, 3 * KIB64],
      ['data', 33, KIB64],
      ['data', 40, 1536],
    ]);
    expect(copy.counters.snapshot()).toMatchObject({
      readBytes: SIZE,
      writtenBytes: 5 * KIB64 + 1536,
      zeroBytes: 35 * KIB64,
    });
    const { sha256, blocks } = await checksums.finish();
    expect(blocks).toBe(6);
    const reader = await ChecksumReader.open(join(folder, 'sums'));
    expect(await reader.root()).toEqual({ sha256, blocks });
    expect(reader.get(1)).toBe(0n);
    expect(reader.get(33)).toBe(copy.hash(source.bytes, 33 * KIB64, KIB64));
    expect(reader.get(40)).toBe(copy.hash(source.bytes, 40 * KIB64, 1536));
    await reader.close();
  });

  it('stores as data whatever comes where the image holds something wrong', async () => {
    const overwrite = BlockBitmap.empty(SIZE);
    overwrite.set(1);
    const sink = new MemorySink(Buffer.alloc(SIZE, 0xee));
    const checksums = ChecksumWriter.create(join(folder, 'sums'), SIZE);
    await runCopy(await spec(new MemorySource(disk()), sink, { checksums, overwrite }), never);
    expect(sink.calls.slice(0, 2)).toMatchObject([{ offset: 0, length: 2 * KIB64 }, { offset: 3 * KIB64 }]);
    expect((await checksums.finish()).blocks).toBe(7);
  });

  it('never has more reads under way than lanes, nor crosses a request boundary', async () => {
    const source = new MemorySource(disk());
    await runCopy(
      await spec(source, new MemorySink(Buffer.alloc(SIZE)), { lanes: 3, requestBytes: KIB64 }),
      never,
    );
    expect(source.mostInFlight).toBe(3);
    expect(source.reads).toHaveLength(41);
  });
});

describe('requests whose size changes', () => {
  it('bring the same image, and checkpoints that are never ahead', async () => {
    const source = new MemorySource(disk());
    const sink = new MemorySink(Buffer.alloc(SIZE));
    let asked = 0;
    const copy = await spec(source, sink, {
      requestBytes: () => KIB64 * [1, 8, 2, 16][Math.floor(asked++ / 9) % 4],
      checkpointBytes: KIB64,
      onCheckpoint: ({ offset }) =>
        expect(sink.bytes.subarray(0, offset).equals(source.bytes.subarray(0, offset))).toBe(true),
    });
    await runCopy(copy, never);
    expect(new Set(source.reads.map(({ length }) => length)).size).toBeGreaterThan(2);
    expect(sink.bytes.equals(source.bytes)).toBe(true);
    expect(sink.syncs).toBeGreaterThan(2);
  });

  it('have as many under way as fit into the memory of the first size', async () => {
    const source = new MemorySource(Buffer.alloc(64 * 1024 * 1024));
    let size = 512 * 1024;
    const copy = await spec(source, new MemorySink(Buffer.alloc(0)), { lanes: 8, requestBytes: () => size });
    const read = source.read.bind(source);
    let large = 0;
    source.read = async (into, offset, length) => {
      size = 2 * 1024 * 1024;
      await read(into, offset, length);
      if (length === size) large = Math.max(large, source.inFlight + 1);
    };
    await runCopy(copy, never);
    expect(large).toBe(2);
  });
});

describe('an increment', () => {
  const extents: Extent[] = [
    { offset: 3 * KIB64, length: 2 * KIB64 },
    { offset: 10 * KIB64, length: KIB64 },
    { offset: 40 * KIB64, length: 1536 },
  ];

  it('reads exactly its extents and records zeros', async () => {
    const source = new MemorySource(disk());
    const base = Buffer.alloc(SIZE, 0xee);
    const sink = new MemorySink(base);
    const checksums = ChecksumWriter.create(join(folder, 'sums'), SIZE);
    await runCopy(await spec(source, sink, { extents, incremental: true, checksums }), never);
    expect(source.reads).toEqual(extents);
    expect(sink.calls).toEqual([
      { kind: 'data', ...extents[0] },
      { kind: 'zero', ...extents[1] },
      { kind: 'data', ...extents[2] },
    ]);
    expect((await checksums.finish()).blocks).toBe(4);
  });

  it('leaves out blocks that equal the base, and only those', async () => {
    const old = disk();
    const baseSums = ChecksumWriter.create(join(folder, 'base'), SIZE);
    await runCopy(
      await spec(new MemorySource(old), new MemorySink(Buffer.alloc(SIZE)), { checksums: baseSums }),
      never,
    );
    await baseSums.finish();
    const sums = await ChecksumReader.open(join(folder, 'base'));
    const now = disk();
    now[4 * KIB64 + 9] ^= 1;
    const sink = new MemorySink(disk());
    const copy = await spec(new MemorySource(now), sink, {
      extents,
      incremental: true,
      base: new BaseComparison(new MemorySource(old), [sums]),
    });
    await runCopy(copy, never);
    expect(sink.calls).toEqual([{ kind: 'data', offset: 4 * KIB64, length: KIB64 }]);
    expect(copy.counters.get('equalBytes')).toBe(2 * KIB64 + 1536);
    await sums.close();
  });

  it('does not take a checksum alone for equality', async () => {
    const sums = ChecksumWriter.create(join(folder, 'lying'), SIZE);
    const source = new MemorySource(disk());
    const copy = await spec(source, new MemorySink(disk(90)), { extents, incremental: true });
    for (let block = 0; block < 40; block++) sums.set(block, copy.hash(source.bytes, block * KIB64, KIB64));
    await sums.finish();
    const lying = await ChecksumReader.open(join(folder, 'lying'));
    const sink = new MemorySink(disk(90));
    await runCopy({ ...copy, sink, base: new BaseComparison(new MemorySource(disk(90)), [lying]) }, never);
    expect(sink.calls.map((call) => call.offset / KIB64).sort((a, b) => a - b)).toEqual([3, 40]);
    await lying.close();
  });
});

describe('what goes wrong', () => {
  it('passes a read error on after every lane has stopped', async () => {
    const source = new MemorySource(disk());
    const read = source.read.bind(source);
    source.read = async (into, offset, length) => {
      if (offset === 5 * KIB64) throw new FailureError({ code: 'nbd-closed', message: 'm', nextStep: 'n' });
      await read(into, offset, length);
    };
    const sink = new MemorySink(Buffer.alloc(SIZE));
    await expect(runCopy(await spec(source, sink, { requestBytes: KIB64 }), never)).rejects.toMatchObject({
      failure: { code: 'nbd-closed' },
    });
    const calls = sink.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sink.calls).toHaveLength(calls);
    expect(source.inFlight).toBe(0);
  });

  it.each(['nbd-closed', NOT_DURABLE])(
    'that its last checkpoint is not durable counts for more than why it ended (%s)',
    async (code) => {
      const source = new MemorySource(disk());
      source.read = () =>
        Promise.reject(new FailureError({ code: 'nbd-closed', message: 'm', nextStep: 'n' }));
      const sink = new MemorySink(Buffer.alloc(SIZE));
      // Any other trouble then only means that the checkpoint before it counts.
      const trouble = code === NOT_DURABLE ? code : 'target-full';
      sink.sync = () => Promise.reject(new FailureError({ code: trouble, message: 'm', nextStep: 'n' }));
      const copy = await spec(source, sink, { onCheckpoint: () => undefined });
      await expect(runCopy(copy, never)).rejects.toMatchObject({ failure: { code } });
    },
  );

  /** Resolves once so many calls of `call` are under way. */
  const underWay = (count: number) => {
    let reached = (): void => undefined;
    const all = new Promise<void>((resolve) => (reached = resolve));
    return { all, begin: () => --count === 0 && reached() };
  };
  const unsynced = new FailureError({ code: NOT_DURABLE, message: 'm', nextStep: 'n' });

  it('ends at once when a checkpoint cannot be made durable while it is paused', async () => {
    const pace = new Pace();
    const pass = pace.pass.bind(pace);
    const waiting = underWay(4);
    let paused = false;
    pace.pass = (bytes, signal) => {
      if (paused) waiting.begin();
      return pass(bytes, signal);
    };
    const sink = new MemorySink(Buffer.alloc(SIZE));
    sink.sync = async () => {
      pace.pause();
      paused = true;
      await waiting.all;
      throw unsynced;
    };
    const copy = await spec(new MemorySource(disk()), sink, {
      pace,
      requestBytes: KIB64,
      checkpointBytes: KIB64,
      onCheckpoint: () => undefined,
    });
    await expect(runCopy(copy, never)).rejects.toMatchObject({ failure: { code: NOT_DURABLE } });
  });

  it('ends at once when a checkpoint cannot be made durable while the source does not answer', async () => {
    const source = new MemorySource(disk());
    const read = source.read.bind(source);
    const stuck = underWay(4);
    const answers: ((error: Error) => void)[] = [];
    let isAway = false;
    source.read = (into, offset, length) => {
      if (!isAway) return read(into, offset, length);
      stuck.begin();
      return new Promise((_, reject) => answers.push(reject));
    };
    const sink = new MemorySink(Buffer.alloc(SIZE));
    sink.sync = async () => {
      isAway = true;
      await stuck.all;
      throw unsynced;
    };
    const copy = await spec(source, sink, {
      requestBytes: KIB64,
      checkpointBytes: KIB64,
      onCheckpoint: () => undefined,
      stopReading: () => answers.forEach((give) => give(new Error('closed'))),
    });
    await expect(runCopy(copy, never)).rejects.toMatchObject({ failure: { code: NOT_DURABLE } });
  });

  it('ends with `cancelled`, also while paused', async () => {
    const cancel = new AbortController();
    const pace = new Pace();
    pace.pause();
    const running = runCopy(
      await spec(new MemorySource(disk()), new MemorySink(Buffer.alloc(SIZE)), { pace }),
      cancel.signal,
    );
    setImmediate(() => cancel.abort());
    await expect(running).rejects.toMatchObject({ failure: { code: 'cancelled' } });
  });

  it('tells checkpoints that are never ahead of what is durable', async () => {
    const source = new MemorySource(Buffer.alloc(SIZE, 7));
    const sink = new MemorySink(Buffer.alloc(SIZE));
    const sync = sink.sync.bind(sink);
    let durable = Buffer.alloc(0);
    sink.sync = async () => {
      const held = Buffer.from(sink.bytes);
      await sync();
      // The copy goes on meanwhile.
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      durable = held;
    };
    const offsets: number[] = [];
    const copy = await spec(source, sink, {
      requestBytes: KIB64,
      checkpointBytes: 4 * KIB64,
      onCheckpoint: ({ offset }) => {
        offsets.push(offset);
        expect(durable.subarray(0, offset).equals(source.bytes.subarray(0, offset))).toBe(true);
      },
    });
    await runCopy(copy, never);
    expect(offsets.length).toBeGreaterThan(2);
    expect(sink.syncs).toBe(offsets.length);
  });
});

describe('pace', () => {
  it('keeps to a rate at every moment, also at first', async () => {
    const rate = 5 * 1024 * 1024;
    const source = new MemorySource(disk());
    const read = source.read.bind(source);
    const reads: { at: number; bytes: number }[] = [];
    source.read = (into, offset, length) => {
      reads.push({ at: performance.now(), bytes: length });
      return read(into, offset, length);
    };
    const started = performance.now();
    await runCopy(await spec(source, new MemorySink(Buffer.alloc(SIZE)), { pace: new Pace(rate) }), never);
    let sum = 0;
    // Timers may fire a moment early.
    for (const { at, bytes } of reads)
      expect((sum += bytes)).toBeLessThan((rate * (at - started + 2)) / 1000);
    expect(sum).toBe(SIZE);
  });
});
