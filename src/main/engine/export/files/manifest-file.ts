import { readFile, stat } from 'node:fs/promises';
import { manifestSchema, MANIFEST_VERSION, type Manifest } from '../../../../shared/model/manifest';
import { fail } from '../../../../shared/model/failure';
import { attempt, err, type Result } from '../../../../shared/model/result';

/** A manifest is a few KiB; anything of another order is not one. */
export const MOST_MANIFEST_BYTES = 1024 * 1024;

/** Reads and checks a manifest. Fails with `manifest-unreadable`, `manifest-damaged` or `manifest-too-new`. */
export async function readManifest(path: string): Promise<Result<Manifest>> {
  const text = await attempt(async () => {
    const { size } = await stat(path);
    if (size > MOST_MANIFEST_BYTES) damaged(path, `it has ${size} bytes`);
    return readFile(path, 'utf8');
  });
  if (!text.ok && text.failure.code === 'manifest-damaged') return text;
  if (!text.ok) {
    return err({
      code: 'manifest-unreadable',
      message: `The manifest ${path} cannot be read.`,
      nextStep: 'Check that the file is there and readable.',
      // The first line says it all; below it is a stack.
      details: text.failure.details?.split('\n', 1)[0],
    });
  }
  return attempt(() => Promise.resolve(parseManifest(text.value, path)));
}

/** @throws FailureError `manifest-damaged`, `manifest-too-new`. */
export function parseManifest(text: string, path: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return damaged(path, 'it is not JSON');
  }
  const version = versionOf(json);
  if (typeof version === 'number' && version > MANIFEST_VERSION) {
    fail({
      code: 'manifest-too-new',
      message: `The manifest ${path} was written by a newer Deltascope (version ${version} of the format).`,
      nextStep: 'Update Deltascope on this machine.',
    });
  }
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return damaged(path, `${issue.path.join('.') || 'its top level'}: ${issue.message}`);
}

/** Whether JSON text claims to be one of our manifests, so that other people's JSON files are left alone. */
export function claimsToBeManifest(text: string): boolean {
  try {
    return versionOf(JSON.parse(text)) !== undefined;
  } catch {
    return false;
  }
}

function versionOf(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'deltascope' in json ? json.deltascope : undefined;
}

function damaged(path: string, why: string): never {
  return fail({
    code: 'manifest-damaged',
    message: `The manifest ${path} is damaged: ${why}.`,
    nextStep: 'Restore it from where it was copied, or export the disk again.',
  });
}

export const encodeManifest = (manifest: Manifest): string => `${JSON.stringify(manifest, undefined, 2)}\n`;
