import { toFailure } from '../../../../shared/model/failure';
import { BlockBuffer } from '../../block-io/block-buffer';
import type { BlockSource } from '../../block-io/types';
import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { openChain } from '../../image/index';
import type { ChainLink } from '../chain';
import { DamagedBlocks } from './damage';
import type { Faults } from './faults';
import { scanBlocks } from './scan-blocks';

/** Compares what the chain reads with what the source reads, byte for byte, over the whole disk. */
export async function compareWithSource(
  links: readonly ChainLink[],
  source: BlockSource,
  faults: Faults,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { imagePath, manifest } = links[0];
  if (source.sizeBytes !== manifest.sizeBytes) {
    faults.add({
      file: imagePath,
      message: `The export holds ${manifest.sizeBytes} bytes, its source ${source.sizeBytes}.`,
      nextStep: 'Check that it is compared with the snapshot that it was made from.',
    });
    return;
  }
  const chain = await openChain(imagePath, { format: manifest.image.format });
  const damaged = new DamagedBlocks();
  try {
    await scanBlocks({
      source,
      extents: [{ offset: 0, length: source.sizeBytes }],
      signal,
      visit: async (block, memory, start, length) => {
        const ours = new BlockBuffer(CBT_BLOCK_SIZE);
        await chain.source.read(ours, block * CBT_BLOCK_SIZE, length);
        const from = BlockBuffer.HEADROOM;
        if (memory.compare(ours.memory, from, from + length, start, start + length) !== 0)
          damaged.add('differs from the source', block);
      },
      failed: (range, error) => {
        faults.add({ file: imagePath, offset: range.offset, on: 'disk', ...toFailure(error) });
      },
    });
  } finally {
    await chain.close();
  }
  damaged.report(
    imagePath,
    'Take a new full export, and report this: the export was complete but wrong.',
    faults,
  );
}
