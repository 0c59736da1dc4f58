import type { BlockSource } from '../../block-io/types';
import { demandDiskSize } from '../image-size';
import { InputFile } from '../input-file';
import { FixedVhdReader } from './fixed-reader';
import { readMetadata } from './metadata';
import { SparseVhdReader } from './reader';
import type { VhdImage } from './types';

/**
 * Opens a fixed, dynamic or differencing VHD. `parent` answers for what a differencing disk does not hold; it stays
 * open when this image is closed.
 * @throws FailureError when the file is missing, cut short or damaged beyond its spare footer.
 */
export async function openVhd(path: string, options: { parent?: BlockSource } = {}): Promise<VhdImage> {
  const file = await InputFile.open(path);
  try {
    const metadata = await readMetadata(file);
    const { header } = metadata;
    demandDiskSize(path, metadata.footer.sizeBytes);
    return header === undefined
      ? new FixedVhdReader(file, metadata)
      : new SparseVhdReader(file, metadata, header, options.parent);
  } catch (error) {
    await file.close();
    throw error;
  }
}
