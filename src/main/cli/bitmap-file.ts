import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fail } from '../../shared/model/failure';
import { mapFileError } from '../engine/image/file-failures';

const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

/**
 * The changed-block bitmap in a file: raw bytes, or the base64 text that `VDI.list_changed_blocks` returns. Base64 is
 * told by its alphabet; a raw bitmap made only of such bytes and of a length that decodes evenly would be taken for it,
 * so a file that ends in `.bin` or `.raw` is always raw and one that ends in `.b64` or `.txt` always base64.
 * @throws FailureError `bad-bitmap`, or the file system's.
 */
export async function readBitmapFile(path: string): Promise<Uint8Array> {
  const bytes = await readFile(resolve(path)).catch((error: unknown) => {
    throw mapFileError(error, path, 'read');
  });
  if (bytes.length === 0) bad(path, 'it is empty');
  const named = /\.(bin|raw|b64|txt)$/i.exec(path)?.[1]?.toLowerCase();
  if (named === 'bin' || named === 'raw') return bytes;
  const text = bytes.toString('latin1');
  const packed = text.replace(/\s+/g, '');
  const base64 = BASE64.test(text) && packed.length % 4 === 0;
  if (base64) return Buffer.from(packed, 'base64');
  if (named !== undefined) bad(path, 'its name says base64, but it is not');
  return bytes;
}

function bad(path: string, why: string): never {
  return fail({
    code: 'bad-bitmap',
    message: `The bitmap ${path} cannot be used: ${why}.`,
    nextStep: 'Give the raw bytes, or the base64 text of VDI.list_changed_blocks.',
  });
}
