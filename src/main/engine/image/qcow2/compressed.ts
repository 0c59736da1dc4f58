import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { imageCorrupt } from '../file-failures';
import type { InputFile } from '../input-file';

const inflate = promisify(inflateRaw);

/**
 * The content of a compressed cluster. The stored length counts whole sectors, so the stream may end earlier, and
 * the file may end inside the last sector.
 * @throws FailureError when it does not inflate to exactly one cluster.
 */
export async function readCompressed(
  file: InputFile,
  fileOffset: number,
  fileLength: number,
  clusterSize: number,
): Promise<Buffer> {
  const length = Math.min(fileLength, file.sizeBytes - fileOffset);
  const stored = await file.readBuffer(fileOffset, length);
  let content: Buffer;
  try {
    content = await inflate(stored, { maxOutputLength: clusterSize });
  } catch (error) {
    imageCorrupt(
      file.path,
      fileOffset,
      `a compressed cluster cannot be unpacked (${(error as Error).message})`,
    );
  }
  if (content.length !== clusterSize) {
    imageCorrupt(
      file.path,
      fileOffset,
      `a compressed cluster holds ${content.length} instead of ${clusterSize} bytes`,
    );
  }
  return content;
}
