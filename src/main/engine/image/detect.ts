import { extname } from 'node:path';
import { InputFile } from './input-file';
import type { ImageFormat } from './types';
import { FOOTER_BYTES } from './vhd/constants';
import { FOOTER_COOKIE } from './vhd/footer';

const BY_NAME: Partial<Record<string, ImageFormat>> = {
  '.raw': 'raw',
  '.vhd': 'vhd',
  '.qcow2': 'qcow2',
};
const QCOW_MAGIC = 'QFI\xfb';
/** What a file is called until it is complete. */
const UNFINISHED = /\.partial$/i;

/**
 * The format of an image: by its name where that says it, else by its content. A name that says `.raw` is believed
 * whatever stands in the file, since a guest decides what its disk begins with and could name host files as a parent.
 * Source: qemu docs, "Image file formats", probing of raw images.
 * @throws FailureError when the file is missing or not readable.
 */
export async function detectFormat(path: string): Promise<ImageFormat> {
  const byName = BY_NAME[extname(path.replace(UNFINISHED, '')).toLowerCase()];
  const file = await InputFile.open(path);
  try {
    return byName ?? (await formatByContent(file));
  } finally {
    await file.close();
  }
}

async function formatByContent(file: InputFile): Promise<ImageFormat> {
  const textAt = async (offset: number, length: number): Promise<string> =>
    offset < 0 || offset + length > file.sizeBytes
      ? ''
      : (await file.readBuffer(offset, length)).toString('latin1');
  if ((await textAt(0, QCOW_MAGIC.length)) === QCOW_MAGIC) return 'qcow2';
  for (const offset of [0, file.sizeBytes - FOOTER_BYTES]) {
    if ((await textAt(offset, FOOTER_COOKIE.length)) === FOOTER_COOKIE) return 'vhd';
  }
  return 'raw';
}
