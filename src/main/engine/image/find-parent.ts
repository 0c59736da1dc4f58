import { basename, dirname, resolve } from 'node:path';
import { fail, FailureError } from '../../../shared/model/failure';
import { openImage } from './open';
import type { ImageFormat, ImageReader, ParentLink } from './types';

/**
 * Opens the parent that `child` names, if it has one, trying its paths in turn. A file that is there but is another image is passed
 * over as long as a later path may still hold the right one.
 * @throws FailureError `image-parent-missing` or `image-parent-mismatch`.
 */
export async function findParent(child: ImageReader): Promise<ImageReader | undefined> {
  const link = child.parentLink;
  if (link === undefined) return undefined;
  const named = [...(link.path === undefined ? [] : [link.path]), ...(link.alternatives ?? [])];
  const folder = dirname(child.path);
  const paths = [
    ...new Set(named.filter((path) => !path.includes('\0')).map((path) => resolve(folder, path))),
  ];
  let mismatch: (() => never) | undefined;
  for (const path of paths) {
    const parent = await openIfThere(path, imageFormat(link.format));
    if (parent === undefined) continue;
    const problem = mismatchOf(child, parent, link);
    if (problem === undefined) return parent;
    await parent.close();
    mismatch ??= () => mismatched(child, parent, problem);
  }
  mismatch?.();
  return fail({
    code: 'image-parent-missing',
    message: `The base of "${child.path}" is missing.`,
    nextStep: `Put ${named[0] === undefined ? 'it' : `"${basename(named[0])}"`} where the increment expects it, or open another export.`,
    details: `looked for ${[...paths, ...(link.uuid === undefined ? [] : [`uuid ${link.uuid}`])].join(', ')}`,
  });
}

const imageFormat = (format: string | undefined): ImageFormat | undefined =>
  format === 'raw' || format === 'vhd' || format === 'qcow2' ? format : format === 'vpc' ? 'vhd' : undefined;

async function openIfThere(path: string, format: ImageFormat | undefined): Promise<ImageReader | undefined> {
  try {
    return await openImage(path, format === undefined ? {} : { format });
  } catch (error) {
    if (error instanceof FailureError && error.failure.code === 'image-not-found') return undefined;
    throw error;
  }
}

function mismatchOf(child: ImageReader, parent: ImageReader, link: ParentLink): string | undefined {
  if (link.uuid !== undefined && parent.uuid !== link.uuid) {
    return `it has uuid ${parent.uuid ?? 'none'}, expected ${link.uuid}`;
  }
  // Disks of a pool only grow.
  if (child.sizeBytes < parent.sizeBytes) {
    return `it holds ${parent.sizeBytes} bytes, more than the ${child.sizeBytes} of the increment`;
  }
  return undefined;
}

function mismatched(child: ImageReader, parent: ImageReader, problem: string): never {
  return fail({
    code: 'image-parent-mismatch',
    message: `"${parent.path}" is not the base that "${child.path}" was made from: ${problem}.`,
    nextStep: 'Put the right base in its place; the file may have been replaced or swapped with another one.',
    details: problem,
  });
}
