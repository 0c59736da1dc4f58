import { stat } from 'node:fs/promises';
import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE, type Extent } from '../../../../shared/blocks/extent';
import { toFailure } from '../../../../shared/model/failure';
import { isZero } from '../../block-io/zeros';
import { openImage } from '../../image/index';
import { mapFileError } from '../../image/file-failures';
import type { ImageReader } from '../../image/types';
import type { BlockHasher } from '../../export/checksums/block-hash';
import type { EffectiveChecksums } from '../../export/checksums/effective';
import { ChecksumReader } from '../../export/checksums/reader';
import type { ChainLink } from '../chain';
import { identityFaults } from '../image-identity';
import { DamagedBlocks } from './damage';
import type { Faults } from './faults';
import { blocksToLookAt } from './raw-blocks';
import { scanBlocks } from './scan-blocks';

const RESTORE_IMAGE = 'Restore this image from where it was copied, or take a new full export.';
const RESTORE_SUMS = 'Restore the checksum file from where it was copied, or take a new full export.';

export interface VerifyImageOptions {
  readonly hash: BlockHasher;
  /** What blocks must hold that the image took from its base (raw increments); absent: they are not looked at. */
  readonly inherited: EffectiveChecksums | undefined;
  /** Called with the bytes of each block that was looked at. */
  readonly onRead: (bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Checks one image with its own checksums, without its parents. Returns the bytes that were compared; holes of a raw
 * image, which its file system tells of, are among them without being read.
 */
export async function verifyImage(
  link: ChainLink,
  faults: Faults,
  options: VerifyImageOptions,
): Promise<number> {
  let sums: ChecksumReader | undefined;
  let image: ImageReader | undefined;
  try {
    await checkFileSize(link, faults);
    sums = await ChecksumReader.open(link.checksumsPath);
    await checkDigest(link, sums, faults);
    image = await openImage(link.imagePath, { format: link.manifest.image.format });
    for (const message of identityFaults(link, image))
      faults.add({ file: link.imagePath, message, nextStep: RESTORE_IMAGE });
    for (const { fileOffset, message } of await image.check()) {
      faults.add({ file: link.imagePath, offset: fileOffset, on: 'file', message, nextStep: RESTORE_IMAGE });
    }
    return await checkContent(link, image, sums, faults, options);
  } catch (error) {
    faults.addFailure(link.imagePath, toFailure(error));
    return 0;
  } finally {
    await image?.close();
    await sums?.close();
  }
}

async function checkFileSize({ imagePath, manifest }: ChainLink, faults: Faults): Promise<void> {
  const { size } = await stat(imagePath).catch((error: unknown) => {
    throw mapFileError(error, imagePath, 'read');
  });
  const { fileBytes } = manifest.image;
  if (size === fileBytes) return;
  const what = size < fileBytes ? 'is cut short' : 'has grown';
  faults.add({
    file: imagePath,
    offset: Math.min(size, fileBytes),
    on: 'file',
    message: `${imagePath} ${what}: it has ${size} bytes, and had ${fileBytes} when it was exported.`,
    nextStep: RESTORE_IMAGE,
  });
}

async function checkDigest(link: ChainLink, sums: ChecksumReader, faults: Faults): Promise<void> {
  const { manifest, checksumsPath } = link;
  const { sha256 } = await sums.root();
  if (sha256 !== manifest.checksums.sha256 || sums.sizeBytes !== manifest.sizeBytes) {
    faults.add({
      file: checksumsPath,
      message: `${checksumsPath} is not the file that was written with the image: its digest differs from the manifest's.`,
      nextStep: RESTORE_SUMS,
    });
  }
}

async function checkContent(
  { imagePath, manifest }: ChainLink,
  image: ImageReader,
  sums: ChecksumReader,
  faults: Faults,
  { hash, inherited, onRead, signal }: VerifyImageOptions,
): Promise<number> {
  const increment = manifest.parent !== undefined;
  const wholeDisk = manifest.image.format === 'raw';
  const stored = await storedBlocks(image);
  const damaged = new DamagedBlocks();
  const wanted = wholeDisk
    ? await blocksToLookAt(imagePath, image.sizeBytes, inherited ? [inherited] : [])
    : stored;
  for await (const { block } of sums.blocks()) {
    if (block >= wanted.blocks) continue; // told by the size check
    if (!stored.has(block)) damaged.add('is missing from the image', block);
    else if (wholeDisk) wanted.set(block);
  }
  const holes = wholeDisk ? image.sizeBytes - wanted.changedBytes() : 0;
  onRead(holes);
  const bytes = await scanBlocks({
    source: image,
    extents: wanted.extents(),
    signal,
    visit: (block, memory, start, length) => {
      onRead(length);
      const sum = sums.get(block);
      if (sum !== 0n) {
        if (hash(memory, start, length) !== sum) damaged.add('differs from its checksum', block);
      } else if (!increment) {
        if (!isZero(memory, start, length))
          damaged.add('holds data although it was empty when exported', block);
      } else if (!wholeDisk) {
        damaged.add('is stored although it was not part of the export', block);
      } else if (inherited && !inherited.matches(block, hash, memory, start, length)) {
        damaged.add('differs from the base it was taken from', block);
      }
      return undefined;
    },
    failed: (range: Extent, error) => {
      const failure = toFailure(error);
      faults.add({
        file: imagePath,
        offset: range.offset,
        on: 'disk',
        message: failure.message,
        nextStep: failure.nextStep,
      });
    },
  });
  damaged.report(imagePath, RESTORE_IMAGE, faults);
  return bytes + holes;
}

/** Blocks that the image itself answers for. */
async function storedBlocks(image: ImageReader): Promise<BlockBitmap> {
  const bitmap = BlockBitmap.empty(image.sizeBytes);
  for await (const { offset, length } of image.stored()) {
    const end = Math.min(Math.ceil((offset + length) / CBT_BLOCK_SIZE), bitmap.blocks);
    for (let block = Math.floor(offset / CBT_BLOCK_SIZE); block < end; block++) bitmap.set(block);
  }
  return bitmap;
}
