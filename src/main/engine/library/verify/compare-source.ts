import { CBT_BLOCK_SIZE, requestsOf, type Extent } from '../../../../shared/blocks/extent';
import { toFailure, type Failure } from '../../../../shared/model/failure';
import { BlockBuffer } from '../../block-io/block-buffer';
import { blocksWithSums } from '../../export/checksums/blocks-with-sums';
import { openChain } from '../../image/index';
import type { ChainLink } from '../chain';
import { chainImages } from '../chain-images';
import { DamagedBlocks } from './damage';
import type { Faults } from './faults';
import { sampleExtents } from './sample';
import type { VerifyOptions } from './verify';

const REQUEST_BYTES = 1024 * 1024;
const LANES = 8;

export interface Comparison {
  readonly bytes: number;
  /** The source could not be read, which says nothing about the export: nothing behind that was compared. */
  readonly notCompared?: Failure;
}

/** Compares what the chain reads with what the source reads, byte for byte, until the source cannot be read. */
export async function compareWithSource(
  links: readonly ChainLink[],
  { source, blocks }: NonNullable<VerifyOptions['againstSource']>,
  faults: Faults,
  { signal, onProgress }: VerifyOptions,
): Promise<Comparison> {
  const { imagePath, manifest } = links[0];
  if (source.sizeBytes !== manifest.sizeBytes) {
    faults.add({
      file: imagePath,
      message: `The export holds ${manifest.sizeBytes} bytes, its source ${source.sizeBytes}.`,
      nextStep: 'Check that it is compared with the snapshot that it was made from.',
    });
    return { bytes: 0 };
  }
  const extents = blocks === 'all' ? [{ offset: 0, length: source.sizeBytes }] : await samplesOf(links);
  const totalBytes = extents.reduce((sum, { length }) => sum + length, 0);
  let doneBytes = 0;
  let notCompared: Failure | undefined;
  const chain = await openChain(imagePath, { format: manifest.image.format });
  const damaged = new DamagedBlocks();
  const requests = requestsOf(extents, REQUEST_BYTES);
  const lane = async (): Promise<void> => {
    const [ours, theirs] = [new BlockBuffer(REQUEST_BYTES), new BlockBuffer(REQUEST_BYTES)];
    for (let next = requests.next(); !next.done && !signal?.aborted && !notCompared; next = requests.next()) {
      const { offset, length } = next.value;
      // Both have settled before the buffers are used again.
      const [image, disk] = await Promise.allSettled([
        chain.source.read(ours, offset, length),
        source.read(theirs, offset, length),
      ]);
      if (image.status === 'rejected') {
        const { message, nextStep } = toFailure(image.reason);
        faults.add({ file: imagePath, offset, on: 'disk', message, nextStep });
      }
      if (disk.status === 'rejected') notCompared ??= sourceNotRead(offset, toFailure(disk.reason));
      if (image.status === 'rejected' || disk.status === 'rejected') continue;
      doneBytes += length;
      onProgress?.('comparing', doneBytes, totalBytes);
      for (const block of differingBlocks(ours, theirs)) damaged.add('differs from the source', block);
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, lane));
  } finally {
    await chain.close();
  }
  damaged.report(
    imagePath,
    'Take a new full export, and report this: the export was complete but wrong.',
    faults,
  );
  return { bytes: doneBytes, ...(notCompared ? { notCompared } : {}) };
}

const sourceNotRead = (offset: number, { code, message, nextStep, details }: Failure): Failure => ({
  code: 'source-not-read',
  message: `The export matches its own checksums, but its source could not be read at disk offset ${offset}: ${message}`,
  nextStep: `${nextStep} Then compare again; the export can stay as it is.`,
  details: details === undefined ? code : `${code}: ${details}`,
});

async function samplesOf(links: readonly ChainLink[]): Promise<Extent[]> {
  const { sizeBytes } = links[0].manifest;
  const used = await blocksWithSums(chainImages(links), sizeBytes);
  return sampleExtents(sizeBytes, ({ offset, length }) => {
    const end = Math.ceil((offset + length) / CBT_BLOCK_SIZE);
    for (let block = offset / CBT_BLOCK_SIZE; block < end; block++) if (used.has(block)) return true;
    return false;
  });
}

function* differingBlocks(ours: BlockBuffer, theirs: BlockBuffer): Generator<number> {
  const [a, b] = [ours.data(), theirs.data()];
  if (a.equals(b)) return;
  for (let at = 0; at < a.length; at += CBT_BLOCK_SIZE) {
    const end = Math.min(at + CBT_BLOCK_SIZE, a.length);
    if (a.compare(b, at, end, at, end) !== 0) yield (ours.offset + at) / CBT_BLOCK_SIZE;
  }
}
