import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { ChecksumReader } from '../../src/main/engine/export/checksums/reader';
import { ChecksumWriter } from '../../src/main/engine/export/checksums/writer';
import { parseMap } from '../../src/main/engine/image/raw/data-extents';
import { JobFiles } from '../../src/main/engine/jobs/job-files';
import { JobLock } from '../../src/main/engine/jobs/job-lock';
import { FailureError } from '../../src/shared/model/failure';
import { tempDir } from '../fixtures/temp-dir';

/** What a job and an export keep beside images and manifests, as something else may have left it. */
const RUNS = { numRuns: 200, seed: 20261128 };
const UUID = '6f1a2b3c-0000-4000-8000-000000000001';
const dir = tempDir();
const folder = join(dir.path, 'jobs');
afterAll(() => dir.remove());
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
});

const seldom = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 4 }, { arbitrary: value, weight: 1 });

/** Some bytes are others, and sometimes it ends early or goes on. */
const damaged = (sound: Buffer) =>
  fc
    .tuple(
      fc.array(
        fc.tuple(
          fc.oneof(fc.nat(sound.length - 1), fc.nat(Math.min(95, sound.length - 1))),
          fc.integer({ min: 0, max: 255 }),
        ),
        { maxLength: 3 },
      ),
      seldom(fc.nat(sound.length)),
      seldom(fc.uint8Array({ maxLength: 40 })),
    )
    .map(([spots, end, more]) => {
      const bytes = Buffer.from(sound);
      for (const [at, value] of spots) bytes[at] = value;
      return Buffer.concat([bytes.subarray(0, end), more ?? Buffer.alloc(0)]);
    });

const strange = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom<unknown>(-1, 1e308, 2.5, '', '../../x', { __proto__: 1 }, 5 * 1024 ** 5),
);
/** One field of it is something else, or not there. */
const changed = (sound: object) =>
  fc
    .tuple(fc.constantFrom(...Object.keys(sound)), fc.option(strange, { nil: undefined }))
    .map(([key, value]) => {
      return Buffer.from(JSON.stringify({ ...sound, [key]: value }));
    });

test('a checksum file: what it says lies within its disk, and it is of its length, or it is refused by name', async () => {
  const path = join(folder, 'a.sums');
  const writer = ChecksumWriter.create(path, 40 * 65_536 - 512);
  for (let block = 0; block < 40; block += 3) writer.set(block, BigInt(block + 1));
  const { sha256 } = await writer.finish();
  const sound = readFileSync(path);
  let [opened, refused, same] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(fc.oneof(damaged(sound), fc.uint8Array({ maxLength: 100 })), async (bytes) => {
      writeFileSync(path, bytes);
      try {
        const sums = await ChecksumReader.open(path);
        try {
          opened++;
          for await (const { block, sum } of sums.blocks()) {
            expect(block * 65_536).toBeLessThan(sums.sizeBytes);
            expect(sums.get(block)).toBe(sum);
          }
          // Its digest, which the manifest holds, is that of the same sums alone.
          const isSame = Buffer.from(bytes).subarray(64).equals(sound.subarray(64));
          expect((await sums.root()).sha256 === sha256).toBe(isSame);
          if (isSame) same++;
        } finally {
          await sums.close();
        }
      } catch (error) {
        refused++;
        expect(error).toBeInstanceOf(FailureError);
        expect((error as FailureError).failure.code).toMatch(/^checksums-(damaged|too-new)$/);
      }
    }),
    RUNS,
  );
  expect([opened > 20, refused > 50, same > 0]).toEqual([true, true, true]);
});

test('a checkpoint is one, or is set aside as it is; nothing else is touched', () => {
  const files = new JobFiles(folder, UUID);
  const checkpoint = {
    version: 1,
    snapshotUuid: UUID,
    sizeBytes: 1_048_576,
    image: 'a.qcow2',
    offset: 65_536,
    sums: 'ab'.repeat(32),
  } as const;
  files.writeCheckpoint('disk', checkpoint);
  const name = readdirSync(folder)[0];
  const sound = readFileSync(join(folder, name));
  const kinds = new Set<string>();
  fc.assert(
    fc.property(
      fc.oneof(
        fc.constant(sound),
        damaged(sound),
        changed(checkpoint),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        for (const old of readdirSync(folder)) rmSync(join(folder, old));
        writeFileSync(join(folder, name), bytes);
        expect(() => files.progressOf('disk')).not.toThrow();
        const found = files.readCheckpoint('disk');
        kinds.add(found.kind);
        if (found.kind === 'found') {
          expect(found.value).toEqual(checkpoint);
          expect(readdirSync(folder)).toEqual([name]);
        } else {
          expect(readdirSync(folder)).toEqual([`${name}.damaged`]);
          expect(readFileSync(join(folder, `${name}.damaged`))).toEqual(Buffer.from(bytes));
        }
      },
    ),
    RUNS,
  );
  expect([...kinds].sort()).toEqual(['damaged', 'found']);
});

test('a list of blocks is the one that was written, or is set aside', () => {
  const files = new JobFiles(folder, UUID);
  const list = Buffer.from('f00fa5', 'hex');
  const sha256 = files.writeBlocks('disk', list);
  expect(sha256).toBe(createHash('sha256').update(list).digest('hex'));
  const [name] = readdirSync(folder);
  fc.assert(
    fc.property(damaged(list), (bytes) => {
      for (const old of readdirSync(folder)) rmSync(join(folder, old));
      writeFileSync(join(folder, name), bytes);
      expect(files.readBlocks('disk', sha256).kind).toBe(list.equals(bytes) ? 'found' : 'damaged');
    }),
    RUNS,
  );
});

test('a lock of any content holds or is taken, soon, and leaves no other file', () => {
  const held = JobLock.take(folder, UUID)!;
  const path = join(folder, `${UUID}.lock`);
  const sound = readFileSync(path);
  held.release();
  const holder = JSON.parse(sound.toString()) as object;
  const seen = new Set<boolean>();
  fc.assert(
    fc.property(
      fc.oneof(
        damaged(sound),
        changed(holder),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        writeFileSync(path, bytes);
        expect(JobLock.refusal(folder, UUID).message).toMatch(/^[A-Z].+\.$/s);
        const isHeld = JobLock.isHeld(folder, UUID);
        const lock = JobLock.take(folder, UUID);
        seen.add(isHeld);
        expect(lock === undefined).toBe(isHeld);
        if (isHeld) expect(readFileSync(path)).toEqual(Buffer.from(bytes));
        lock?.release();
        expect(readdirSync(folder)).toEqual(isHeld ? [`${UUID}.lock`] : []);
      },
    ),
    RUNS,
  );
  expect([...seen].sort()).toEqual([false, true]);
});

test('the map in front of a sparse archive, damaged anywhere: ranges in numbers, more to read, or none', () => {
  const sound = sparseArchive([
    [0, 65_536],
    [1_048_576, 4096],
    [2_097_152, 0],
  ]);
  expect(parseMap(sound)).toEqual([
    { offset: 0, length: 65_536 },
    { offset: 1_048_576, length: 4096 },
    { offset: 2_097_152, length: 0 },
  ]);
  const seen = new Set<string>();
  const digits = fc.oneof(
    fc.constantFrom(10, 0x2d, 0x37, 0x39, 0x78, 0x20),
    fc.integer({ min: 0, max: 255 }),
  );
  const where = fc.oneof(
    fc.integer({ min: 124, max: 157 }),
    fc.integer({ min: 512, max: 560 }),
    fc.integer({ min: 1536, max: 1580 }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(where, digits), { maxLength: 3 }),
      seldom(fc.nat(sound.length)),
      (spots, end) => {
        const bytes = Buffer.from(sound);
        for (const [at, value] of spots) bytes[at] = value;
        const map = parseMap(bytes.subarray(0, end));
        seen.add(Array.isArray(map) ? 'map' : String(map));
        if (!Array.isArray(map)) return;
        for (const { offset, length } of map) expect([offset, length].every(Number.isSafeInteger)).toBe(true);
      },
    ),
    RUNS,
  );
  expect([...seen].sort()).toEqual(['map', 'more', 'undefined']);
});

/** As GNU tar writes it. Source: GNU tar manual, "PAX Format, Version 1.0". */
function sparseArchive(ranges: readonly (readonly [number, number])[]): Buffer {
  const header = Buffer.alloc(512);
  const extended = Buffer.alloc(512);
  const text = '22 GNU.sparse.major=1\n';
  header.write(text.length.toString(8).padStart(11, '0'), 124, 'latin1');
  header.write('x', 156, 'latin1');
  extended.write(text, 0, 'latin1');
  const map = `${ranges.length}\n${ranges.map(([offset, length]) => `${offset}\n${length}\n`).join('')}`;
  return Buffer.concat([header, extended, Buffer.alloc(512), Buffer.from(map)]);
}
