import { createHash, randomUUID } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { BlockBitmap } from '../../src/shared/blocks/bitmap';
import { CBT_BLOCK_SIZE } from '../../src/shared/blocks/extent';
import { loadBlockHasher } from '../../src/main/engine/export/checksums/block-hash';
import { ChecksumWriter } from '../../src/main/engine/export/checksums/writer';
import type { CopyCheckpoint } from '../../src/main/engine/export/copy/copy';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import { openCheckedChain } from '../../src/main/engine/export/copy/open-chain';
import type { ChainImage, CopyRequest } from '../../src/main/engine/export/copy/request';
import { describeParent, openImage } from '../../src/main/engine/image';
import type { ImageFormat } from '../../src/main/engine/image/types';
import { readRange } from '../fixtures/image-source';
import { libvhdi } from '../fixtures/libvhdi';
import { ModelDisk } from '../fixtures/model-disk';
import { demandSound, qemuImg } from '../fixtures/qemu-img';
import { tempDir } from '../fixtures/temp-dir';
import { TornWrites } from '../fixtures/torn-writes';
import { Random } from '../soak/random';

const MIB = 1024 * 1024;
const SECTOR = 512;
/** A longer search takes more of them; each seed is a chain of its own. The usual ones have found a mistake before. */
const CHAINS = Number(process.env.DELTASCOPE_FUZZ_CHAINS ?? 30);
const FIRST_SEED = Number(process.env.DELTASCOPE_FUZZ_FIRST ?? 145);

/** Around the block of change tracking and the block of a VHD, and none of them. */
const SIZES = [
  SECTOR,
  CBT_BLOCK_SIZE - SECTOR,
  CBT_BLOCK_SIZE,
  CBT_BLOCK_SIZE + SECTOR,
  2 * MIB - SECTOR,
  2 * MIB,
  2 * MIB + SECTOR,
  3 * MIB + 7 * SECTOR,
  4 * MIB + 5 * CBT_BLOCK_SIZE + 3 * SECTOR,
  6 * MIB,
];
const GROWTHS = [1, 3, 127, 128, 129, 1000, 4096, 4097].map((sectors) => sectors * SECTOR);

let dir: ReturnType<typeof tempDir>;
let torn: TornWrites;
beforeEach(async () => {
  dir = tempDir();
  torn = await TornWrites.watch();
});
afterEach(() => {
  torn.end();
  dir.remove();
});

/** The disk as a source whose every block is known by its checksum. */
async function sourceOf(bytes: Buffer, path: string): Promise<ChainImage> {
  writeFileSync(path, bytes);
  const hash = await loadBlockHasher();
  const checksumsPath = `${path}.sums`;
  const sums = ChecksumWriter.create(checksumsPath, bytes.length);
  for (let at = 0; at < bytes.length; at += CBT_BLOCK_SIZE) {
    const length = Math.min(CBT_BLOCK_SIZE, bytes.length - at);
    if (bytes.subarray(at, at + length).some((byte) => byte !== 0))
      sums.set(at / CBT_BLOCK_SIZE, hash(bytes, at, length));
  }
  const { sha256 } = await sums.finish();
  return { path, format: 'raw', checksumsPath, sha256, sizeBytes: bytes.length };
}

/** Copies with power cuts, each followed by a resume, until it is done. Returns the image under its final name. */
async function copyThroughPowerCuts(
  request: CopyRequest,
  base: readonly ChainImage[],
  random: Random,
): Promise<ChainImage> {
  const { target, checksumsPath = '', expectedSizeBytes: sizeBytes = 0 } = request;
  const files = [target.path, checksumsPath];
  let checkpoint: CopyCheckpoint | undefined;
  for (let attempt = 0; ; attempt++) {
    const isCut = attempt < 4 && random.chance(0.8);
    torn.begin(files, isCut && random.chance(0.5) ? random.whole(0, sizeBytes + 200_000) : Infinity);
    const checkpoints: { moment: number; checkpoint: CopyCheckpoint }[] = [];
    const resume = attempt === 0 ? {} : { resume: { checkpoint, ...(base.length > 0 ? { base } : {}) } };
    const sizes = {
      requestBytes: random.pick([CBT_BLOCK_SIZE, 2 * CBT_BLOCK_SIZE, MIB]),
      checkpointBytes: random.pick([1, 1, 3, 16]) * CBT_BLOCK_SIZE,
    };
    const outcome = await copyInProcess(
      { ...request, ...resume, ...sizes },
      { onCheckpoint: (told) => checkpoints.push({ moment: torn.now(), checkpoint: told }) },
    ).done;
    if (!isCut) {
      if (!outcome.ok) throw new Error(JSON.stringify(outcome.failure));
      const { checksums } = outcome.value;
      renameSync(target.path, target.finalPath);
      renameSync(checksumsPath, `${target.finalPath}.sums`);
      return {
        path: target.finalPath,
        format: target.format,
        checksumsPath: `${target.finalPath}.sums`,
        sha256: checksums!.sha256,
        sizeBytes,
      };
    }
    const end = torn.now();
    const syncs = torn.syncs();
    const first = Math.min(end, ...syncs);
    // Just before the first sync is done, all is written and nothing is durable.
    const moment = random.pick([
      end,
      first,
      random.whole(0, end),
      random.whole(first, end),
      random.pick([end, ...syncs]),
    ]);
    checkpoint = checkpoints.filter((told) => told.moment < moment).at(-1)?.checkpoint ?? checkpoint;
    for (const file of files) torn.tear(file, moment, random);
  }
}

/** Our reader, our check, and programs that are not ours. */
async function judge(chain: readonly ChainImage[], truth: ChainImage, bytes: Buffer): Promise<void> {
  const [{ path, format }] = chain;
  const image = await openImage(path, { format });
  expect(await image.check()).toEqual([]);
  await image.close();
  const source = await openCheckedChain(chain);
  expect((await readRange(source, 0, source.sizeBytes)).equals(bytes)).toBe(true);
  await source.close();
  if (format === 'qcow2') {
    await demandSound(path, 'qcow2');
    await qemuImg('compare', '-f', 'qcow2', '-F', 'raw', path, truth.path);
  }
  // It cannot read past the end of a smaller parent.
  if (format === 'vhd' && chain.length > 1 && chain.every(({ sizeBytes }) => sizeBytes === bytes.length)) {
    const files = chain.map((each) => each.path);
    const told = await libvhdi(files, [[0, bytes.length]]);
    expect(told.hashes).toEqual([createHash('sha256').update(bytes).digest('hex')]);
  }
}

async function exportChainThroughPowerCuts(seed: number): Promise<void> {
  const random = new Random('interrupted copies', seed);
  const disk = new ModelDisk(random.pick(SIZES), random);
  let format = random.pick<ImageFormat>(['raw', 'vhd', 'qcow2']);
  const chain: ChainImage[] = [];
  for (let link = random.whole(1, 4); link > 0; link--) {
    let changed: BlockBitmap | undefined;
    if (chain.length > 0) changed = random.chance(0.35) ? disk.grow(random.pick(GROWTHS)) : disk.change();
    // A raw increment is a whole copy; a qcow2 image may build on a raw one.
    if (chain.length > 0 && format === 'raw' && random.chance(0.3)) format = 'qcow2';
    const name = join(dir.path, `${seed}-${chain.length}`);
    const truth = await sourceOf(disk.bytes, `${name}.disk`);
    const finalPath = `${name}.${format}`;
    const request: CopyRequest = {
      source: { kind: 'chain', images: [truth] },
      expectedSizeBytes: disk.bytes.length,
      extents: changed ? { kind: 'changed', bitmap: changed.bytes } : { kind: 'all' },
      target: {
        format,
        path: `${finalPath}.partial`,
        finalPath,
        uuid: randomUUID(),
        ...(chain.length > 0 ? { parent: await describeParent(chain[0].path) } : {}),
      },
      checksumsPath: `${finalPath}.sums.partial`,
      ...(chain.length > 0 && random.chance(0.5) ? { skipEqualTo: [...chain] } : {}),
    };
    chain.unshift(await copyThroughPowerCuts(request, [...chain], random));
    await judge(chain, truth, disk.bytes);
  }
}

it.each(Array.from({ length: CHAINS }, (_, at) => FIRST_SEED + at))(
  'whatever power cuts leave, the images read as the disk did (seed %i)',
  exportChainThroughPowerCuts,
);
