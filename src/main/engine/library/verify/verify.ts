import { dirname, join } from 'node:path';
import { fail, toFailure } from '../../../../shared/model/failure';
import type { VerifyReport } from '../../../../shared/model/library';
import type { SourceBlocks } from '../../../../shared/model/library-operation';
import { attempt, unwrap, type Result } from '../../../../shared/model/result';
import type { BlockSource } from '../../block-io/types';
import { loadBlockHasher } from '../../export/checksums/block-hash';
import { EffectiveChecksums } from '../../export/checksums/effective';
import { openChecksums } from '../../export/copy/open-chain';
import { readManifest } from '../../export/files/manifest-file';
import { openChain } from '../../image/index';
import { chainOf, linkOf, type ChainLink } from '../chain';
import { chainImages } from '../chain-images';
import { compareWithSource } from './compare-source';
import { Faults } from './faults';
import { verifyImage } from './verify-image';

export interface VerifyOptions {
  /** Look at every image down to the full one. */
  readonly chain: boolean;
  /** The snapshot itself: the chain's content is compared with it, all or samples of it. Implies `chain`. */
  readonly againstSource?: { readonly source: BlockSource; readonly blocks: SourceBlocks };
  readonly signal?: AbortSignal;
  readonly onProgress?: (step: 'checking' | 'comparing', doneBytes: number, totalBytes: number) => void;
}

/**
 * Proves an export: sizes, structure, every block against its checksum, the checksum file against the manifest, and,
 * asked for, the chain and the source. What is wrong with the files stands in the report, with file and offset, and so
 * does why the source could not be read to its end; the result fails only when the manifest itself cannot be used, or
 * when it was cancelled.
 */
export function verifyExport(manifestPath: string, options: VerifyOptions): Promise<Result<VerifyReport>> {
  return attempt(async () => {
    const hash = await loadBlockHasher();
    const faults = new Faults();
    const whole = options.chain || options.againstSource !== undefined;
    const links = await linksToCheck(manifestPath, whole, faults);
    const images: VerifyReport['images'] = [];
    const totalBytes = links.reduce((sum, link) => sum + expectedBytes(link), 0);
    let doneBytes = 0;
    const onRead = (bytes: number): void => {
      doneBytes += bytes;
      options.onProgress?.('checking', Math.min(doneBytes, totalBytes), totalBytes);
    };
    for (const [at, link] of links.entries()) {
      const inherited =
        link.manifest.parent && link.manifest.image.format === 'raw'
          ? await checksumsOf(whole ? links.slice(at + 1) : await parentsOf(link, faults), faults)
          : undefined;
      try {
        const checkedBytes = await verifyImage(link, faults, {
          hash,
          inherited,
          onRead,
          signal: options.signal,
        });
        images.push({ file: link.imagePath, checkedBytes });
      } finally {
        await inherited?.close();
      }
      throwIfCancelled(options.signal);
    }
    onRead(totalBytes);
    if (whole) await checkOwnLinks(links, faults);
    const source = faults.list.length === 0 ? options.againstSource : undefined;
    const comparison = source && (await compareWithSource(links, source, faults, options));
    throwIfCancelled(options.signal);
    return {
      manifestPath,
      images,
      comparedWithSource: comparison !== undefined && !comparison.notCompared,
      ...(comparison ? { sourceBytes: comparison.bytes } : {}),
      ...(comparison?.notCompared ? { notCompared: comparison.notCompared } : {}),
      faults: faults.all(),
      sound: faults.list.length === 0,
    };
  });
}

/** What will be looked at of an image, by its manifest: of a raw one everything, and a full stores no zeros. */
const expectedBytes = ({ manifest: { image, bytes, parent, sizeBytes } }: ChainLink): number =>
  image.format === 'raw' ? sizeBytes : bytes.written + (parent ? bytes.zero : 0);

async function linksToCheck(manifestPath: string, whole: boolean, faults: Faults): Promise<ChainLink[]> {
  const own = linkOf(manifestPath, unwrap(await readManifest(manifestPath)));
  if (!whole) return [own];
  const chain = await chainOf(manifestPath);
  if (chain.ok) return chain.value;
  faults.addFailure(manifestPath, chain.failure);
  return [own];
}

/** A raw increment holds the whole disk, most of it taken from its base: only the base's checksums can prove that. */
async function parentsOf({ manifestPath }: ChainLink, faults: Faults): Promise<ChainLink[]> {
  const chain = await chainOf(manifestPath);
  if (chain.ok) return chain.value.slice(1);
  faults.addFailure(manifestPath, chain.failure);
  return [];
}

async function checksumsOf(
  links: readonly ChainLink[],
  faults: Faults,
): Promise<EffectiveChecksums | undefined> {
  if (links.length === 0) return undefined;
  try {
    return new EffectiveChecksums(await openChecksums(chainImages(links)));
  } catch (error) {
    faults.addFailure(links[0].checksumsPath, toFailure(error));
    return undefined;
  }
}

/**
 * The images name their parents themselves, for tools that know no manifest; that must lead to the same files, down to
 * the full or to a raw image, which holds the whole disk.
 */
async function checkOwnLinks(all: readonly ChainLink[], faults: Faults): Promise<void> {
  const whole = all.findIndex(({ manifest }) => manifest.image.format === 'raw');
  const links = whole < 0 ? all : all.slice(0, whole + 1);
  const newest = links.at(0);
  if (!newest || whole === 0) return;
  // Not followed down to its end, which was told: what the images name cannot be compared.
  if (whole < 0 && links.at(-1)?.manifest.parent) return;
  try {
    const chain = await openChain(newest.imagePath, { format: newest.manifest.image.format });
    const found = chain.images.map((image) => image.path);
    await chain.close();
    const wrong = found.findIndex((path, at) => links.at(at)?.imagePath !== path);
    if (wrong < 0 && found.length === links.length) return;
    // An image without a parent ends the chain early; one that should have none leads on.
    const child = links[(wrong < 0 ? found.length : wrong) - 1];
    const parent = child.manifest.parent;
    const expected = parent ? join(dirname(child.manifestPath), parent.imageFile) : 'none';
    faults.add({
      file: child.imagePath,
      message: `${child.imagePath} names ${found[wrong] ?? 'no image'} as its parent; its manifest names ${expected}.`,
      nextStep: 'Restore image and manifest from where they were copied, or take a new full export.',
    });
  } catch (error) {
    const failure = toFailure(error);
    const told = faults.list.some(({ message }) => message === failure.message);
    if (!told) faults.addFailure(newest.imagePath, failure);
  }
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  fail({
    code: 'cancelled',
    message: 'The verification was cancelled.',
    nextStep: 'Start it again when you like; nothing was changed.',
  });
}
