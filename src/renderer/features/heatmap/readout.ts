import type { BlockBitmap } from '../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE } from '../../../shared/blocks/extent';
import type { BlockRange } from '../../../shared/blocks/view';
import { formatBytes, formatCount } from '../../platform/format';
import { geometry, type Viewport } from './model/viewport';

/** What lies under the cursor: `block 91,211 at 5.57 GiB · changed`, or a count where a cell holds several blocks. */
export function describeBlock(block: number | undefined, viewport: Viewport, bitmap: BlockBitmap): string {
  if (block === undefined) return '';
  const { blocksPerCell } = geometry(viewport);
  const offset = block * CBT_BLOCK_SIZE;
  if (blocksPerCell === 1) {
    return `block ${formatCount(block)} at ${formatBytes(offset)} (byte ${formatCount(offset)}) · ${bitmap.has(block) ? 'changed' : 'unchanged'}`;
  }
  const end = Math.min(block + blocksPerCell, bitmap.blocks);
  let changed = 0;
  for (let at = block; at < end && changed <= 65_536; at++) if (bitmap.has(at)) changed++;
  return `blocks ${formatCount(block)}–${formatCount(end - 1)} at ${formatBytes(offset)} · ${formatCount(changed)} of ${formatCount(end - block)} changed`;
}

export function describeSelection(range: BlockRange | undefined, bitmap: BlockBitmap): string | undefined {
  if (range === undefined) return undefined;
  const start = range.first * CBT_BLOCK_SIZE;
  const length = Math.min(range.end * CBT_BLOCK_SIZE, bitmap.sizeBytes) - start;
  return `selected ${formatBytes(length)} from ${formatBytes(start)} · blocks ${formatCount(range.first)}–${formatCount(range.end - 1)}`;
}
