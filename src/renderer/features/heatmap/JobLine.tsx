import { CBT_BLOCK_SIZE } from '../../../shared/blocks/extent';
import { formatBytes } from '../../platform/format';
import type { JobTotals } from './scene/use-job-map';

/** How far the export of this disk is, in the words of the legend. */
export function JobLine({ totals: { queued, reading, done, retried, failed } }: { totals: JobTotals }) {
  const size = (blocks: number) => formatBytes(blocks * CBT_BLOCK_SIZE);
  const parts = [
    `${size(done + retried)} read`,
    ...(reading > 0 ? [`${size(reading)} being read`] : []),
    `${size(queued)} queued`,
    ...(retried > 0 ? [`${size(retried)} retried`] : []),
    ...(failed > 0 ? [`${size(failed)} failed`] : []),
  ];
  return <p className="heatmap-job">Export of this disk: {parts.join(' · ')}</p>;
}
