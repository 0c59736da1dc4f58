import fc from 'fast-check';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BlockBuffer } from '../../src/main/engine/block-io/block-buffer';
import { openChain } from '../../src/main/engine/image/chain';
import { describeParent } from '../../src/main/engine/image/parent';
import { vhdChecksum } from '../../src/main/engine/image/vhd/checksum';
import { createVhd } from '../../src/main/engine/image/vhd/create';
import { FailureError } from '../../src/shared/model/failure';
import { data, applyTo, zeros } from '../fixtures/changes';
import { pattern } from '../fixtures/image-source';
import { tempDir } from '../fixtures/temp-dir';

const SIZE = 9 * 1024 * 1024;
const METADATA_BYTES = 4096;

const dir = tempDir();
const at = (name: string): string => join(dir.path, name);
let sound: Buffer;

beforeAll(async () => {
  const base = await createVhd({ path: at('base.vhd'), finalPath: at('base.vhd'), sizeBytes: SIZE });
  await applyTo(base, [data(0, pattern(65_536, 1))]);
  await base.finish();
  const parent = await describeParent(at('base.vhd'));
  const sink = await createVhd({ path: at('inc.vhd'), finalPath: at('inc.vhd'), sizeBytes: SIZE, parent });
  await applyTo(sink, [data(131_072, pattern(65_536, 2)), zeros(4 * 1024 * 1024, 65_536)]);
  await sink.finish();
  sound = readFileSync(at('inc.vhd'));
});
afterAll(() => dir.remove());

/** Makes the checksums right again, so that the damage reaches the code behind them. */
function resign(file: Buffer): void {
  for (const [start, length, field] of [
    [0, 512, 64],
    [512, 1024, 36],
    [file.length - 512, 512, 64],
  ] as const) {
    if (start < 0 || start + length > file.length) continue;
    const part = file.subarray(start, start + length);
    part.writeUInt32BE(vhdChecksum(part, field), field);
  }
}

/** Opens, checks, lists and reads; whatever is wrong must come out as a failure. */
async function exercise(path: string): Promise<void> {
  try {
    const chain = await openChain(path);
    try {
      for (const image of chain.images) {
        await image.check();
        let extents = 0;
        for await (const extent of image.stored()) {
          expect(extent.offset + extent.length).toBeLessThanOrEqual(image.sizeBytes);
          if (++extents > 10_000) break;
        }
      }
      const into = new BlockBuffer(1024 * 1024);
      for (let offset = 0; offset < Math.min(SIZE, chain.source.sizeBytes); offset += into.capacity) {
        await chain.source.read(into, offset, Math.min(into.capacity, chain.source.sizeBytes - offset));
      }
    } finally {
      await chain.close();
    }
  } catch (error) {
    expect(error).toBeInstanceOf(FailureError);
  }
}

const interesting = fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.integer({ min: 0, max: 255 }));
const wounds = fc.array(
  fc.record({
    where: fc.oneof(fc.nat(METADATA_BYTES - 1), fc.integer({ min: -512, max: -1 })),
    bytes: fc.array(interesting, { minLength: 1, maxLength: 8 }),
  }),
  { minLength: 1, maxLength: 4 },
);

describe('a VHD that somebody damaged', () => {
  it.each([true, false])('fails clearly or reads, with checksums made right: %s', async (sign) => {
    await fc.assert(
      fc.asyncProperty(wounds, async (list) => {
        const file = Buffer.from(sound);
        for (const { where, bytes } of list) {
          const start = where < 0 ? file.length + where : where;
          bytes.forEach((byte, index) => {
            if (start + index < file.length) file[start + index] = byte;
          });
        }
        if (sign) resign(file);
        writeFileSync(at('hostile.vhd'), file);
        await exercise(at('hostile.vhd'));
      }),
      { seed: 11, numRuns: 250 },
    );
  });

  it('fails clearly or reads when it is cut short anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.nat(METADATA_BYTES), fc.nat(sound.length)), async (length) => {
        writeFileSync(at('hostile.vhd'), sound.subarray(0, length));
        await exercise(at('hostile.vhd'));
      }),
      { seed: 12, numRuns: 100 },
    );
  });
});
