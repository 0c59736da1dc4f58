import { basename, dirname, join, resolve } from 'node:path';
import { stat } from 'node:fs/promises';
import { fail, type Failure } from '../../../shared/model/failure';
import type { Manifest } from '../../../shared/model/manifest';
import { attempt, unwrap, type Result } from '../../../shared/model/result';
import { readManifest } from '../export/files/manifest-file';
import { mapFileError } from '../image/file-failures';
import { demandIdentity } from './image-identity';

/** One export of a chain, with the places of its files. */
export interface ChainLink {
  readonly manifestPath: string;
  readonly manifest: Manifest;
  readonly imagePath: string;
  readonly checksumsPath: string;
  /** Of a raw image that was proved: its {@link stateOf} before. */
  readonly provedState?: string;
}

/** Far beyond any chain a person keeps; a longer one is a loop or an attack on memory. */
const MOST_LINKS = 4096;

export function linkOf(manifestPath: string, manifest: Manifest): ChainLink {
  const folder = resolve(dirname(manifestPath));
  return {
    manifestPath,
    manifest,
    imagePath: join(folder, manifest.image.file),
    checksumsPath: join(folder, manifest.checksums.file),
  };
}

/**
 * The export and all that it builds on, newest first, down to its full; from manifests alone.
 * Fails with `parent-missing`, `parent-swapped`, `parent-stale`, `parent-larger`, `chain-loop`, `image-missing` or a
 * failure of {@link readManifest}; the message names the file.
 */
export function chainOf(manifestPath: string): Promise<Result<ChainLink[]>> {
  return attempt(async () => {
    const links = [linkOf(manifestPath, unwrap(await readManifest(manifestPath)))];
    await demandImage(links[0]);
    const seen = new Set([links[0].manifest.id]);
    for (let child = links[0]; child.manifest.parent; child = links.at(-1)!) {
      const parent = await parentOf(child);
      if (seen.has(parent.manifest.id) || links.length >= MOST_LINKS) fail(chainLoop(manifestPath));
      seen.add(parent.manifest.id);
      links.push(parent);
    }
    return links;
  });
}

export const parentPath = (child: ChainLink): string =>
  join(dirname(child.manifestPath), child.manifest.parent!.manifestFile);

/**
 * The export that `child`, an increment, builds on; checked to be the very one, with its files there.
 * @throws FailureError as {@link chainOf}.
 */
export async function parentOf(child: ChainLink, read = readManifest): Promise<ChainLink> {
  const wanted = child.manifest.parent!;
  const path = parentPath(child);
  const manifest = await read(path);
  if (!manifest.ok && manifest.failure.code === 'manifest-unreadable') {
    fail({
      code: 'parent-missing',
      message: `${basename(child.manifestPath)} builds on ${wanted.manifestFile}, which is not in ${dirname(path)}.`,
      nextStep:
        'Put the missing export (image, checksums, manifest) back into this folder, or take a new full export.',
      details: manifest.failure.details,
    });
  }
  const parent = linkOf(path, unwrap(manifest));
  demandMatch(child, parent);
  await demandImage(parent);
  return parent;
}

function demandMatch(child: ChainLink, parent: ChainLink): void {
  const wanted = child.manifest.parent!;
  const { id, snapshot, disk, image, checksums, sizeBytes } = parent.manifest;
  if (
    id !== wanted.id ||
    snapshot.uuid !== wanted.snapshotUuid ||
    disk.uuid !== child.manifest.disk.uuid ||
    image.file !== wanted.imageFile
  ) {
    fail({
      code: 'parent-swapped',
      message: `${parent.manifestPath} is not the export that ${basename(child.manifestPath)} builds on: it is another export in its place.`,
      nextStep: 'Put the right parent back, or take a new full export.',
      details: `expected export ${wanted.id}, found ${id}`,
    });
  }
  if (wanted.sha256 !== undefined && wanted.sha256 !== checksums.sha256) {
    fail({
      code: 'parent-stale',
      message: `${parent.manifestPath} was changed after ${basename(child.manifestPath)} was built on it.`,
      nextStep: 'Restore the parent as it was when the increment was made, or take a new full export.',
      details: `expected checksums ${wanted.sha256}, found ${checksums.sha256}`,
    });
  }
  if (sizeBytes > child.manifest.sizeBytes) {
    fail({
      code: 'parent-larger',
      message: `${parent.manifestPath} holds a larger disk (${sizeBytes} bytes) than ${basename(child.manifestPath)} (${child.manifest.sizeBytes} bytes).`,
      nextStep: 'A disk cannot shrink within a chain: take a new full export.',
    });
  }
}

/** @throws FailureError `image-missing`, `checksums-missing`. */
async function demandImage(link: ChainLink): Promise<void> {
  for (const path of [link.imagePath, link.checksumsPath]) {
    const found = await attempt(() => stat(path));
    if (found.ok && found.value.isFile()) continue;
    fail({
      code: path === link.imagePath ? 'image-missing' : 'checksums-missing',
      message: `${path}, which belongs to ${basename(link.manifestPath)}, is missing.`,
      nextStep: 'Put it back beside its manifest, or take a new full export.',
    });
  }
}

/**
 * The image still has the size that it was exported with: a cut one must not become a base.
 * @throws FailureError `image-cut`, or as {@link demandImage}.
 */
export async function demandWhole(link: ChainLink): Promise<void> {
  await demandImage(link);
  const { size } = await stat(link.imagePath);
  const { fileBytes } = link.manifest.image;
  if (size === fileBytes) return;
  fail({
    code: 'image-cut',
    message: `${link.imagePath} has ${size} bytes, and had ${fileBytes} when it was exported.`,
    nextStep: 'Restore this image from where it was copied, or take a new full export.',
  });
}

/**
 * The same for all images that the newest one needs, each of which must be the one that its manifest names; a raw one
 * holds the whole disk itself.
 * @param links newest first
 */
export async function demandWholeChain(links: readonly ChainLink[]): Promise<void> {
  const isRaw = links[0]?.manifest.image.format === 'raw';
  for (const link of isRaw ? links.slice(0, 1) : links) {
    await demandWhole(link);
    await demandIdentity(link);
  }
}

/**
 * Another one once anybody has written to the image, or put another file in its place, also one with the same date: the
 * time of the last change is nobody's to set.
 * @throws FailureError
 */
export async function stateOf(imagePath: string): Promise<string> {
  const { size, mtimeNs, ctimeNs } = await stat(imagePath, { bigint: true }).catch((error: unknown) => {
    throw mapFileError(error, imagePath, 'read');
  });
  return `${size} bytes, written at ${mtimeNs}, changed at ${ctimeNs}`;
}

export const chainLoop = (manifestPath: string): Failure => ({
  code: 'chain-loop',
  message: `The chain of ${manifestPath} runs in a circle: its manifests were edited or mixed up.`,
  nextStep: 'Restore the manifests from where they were copied, or take a new full export.',
});
