import type { BlockBitmap } from '../../shared/blocks/bitmap';
import { changeStatistics } from '../../shared/blocks/statistics';
import type { CliIo } from './io';
import { drawHeatmap } from './terminal/heatmap';
import { formatBytes, formatShare } from './terminal/units';

/** Heatmap and numbers. */
export function describeChanges(changed: BlockBitmap, io: CliIo): string {
  const { changedBytes, changedBlocks: blocks, share, extents, amplification } = changeStatistics(changed);
  const coarse = amplification.at(-1)!;
  return [
    drawHeatmap(changed, io),
    `  ${formatBytes(changedBytes)} of ${formatBytes(changed.sizeBytes)} (${formatShare(share)}) in ${blocks} blocks, ${extents} runs.\n`,
    coarse.factor > 1
      ? `  A tool that copies whole 2 MiB blocks would read ${formatBytes(coarse.bytes)}: ${coarse.factor.toFixed(1)} times as much.\n`
      : '',
  ].join('');
}
