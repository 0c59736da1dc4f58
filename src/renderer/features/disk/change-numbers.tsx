import { useDeferredValue, useMemo } from 'react';
import { useStore } from 'zustand';
import type { BlockBitmap } from '../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE } from '../../../shared/blocks/extent';
import { combine } from '../../../shared/blocks/layers';
import { changeStatistics } from '../../../shared/blocks/statistics';
import { formatBytes, formatCount, formatDuration, formatRate, formatShare } from '../../platform/format';
import { measuredRate } from '../../stores/job-progress';
import { Facts } from '../../ui/facts';
import { useServices } from '../../workbench/use-services';

interface Props {
  readonly bitmap: BlockBitmap;
  /** What an export of this interval stores, if it compared the blocks with its base. */
  readonly stored?: BlockBitmap | undefined;
}

/** What the map shows, as numbers. Counting 16 TiB takes a while: the map comes first. */
export function ChangeNumbers({ bitmap, stored }: Props) {
  const counted = useDeferredValue<BlockBitmap | undefined>(bitmap, undefined);
  if (counted === undefined) return <div className="ds-numbers" aria-busy="true" />;
  return <Numbers bitmap={counted} stored={counted === bitmap ? stored : undefined} />;
}

function Numbers({ bitmap, stored }: Props) {
  const { jobs } = useServices();
  const rate = useStore(jobs, ({ jobs: all }) => measuredRate(all.values()));
  const statistics = useMemo(() => changeStatistics(bitmap), [bitmap]);
  const differentBytes = useMemo(
    () => (stored === undefined ? undefined : combine('intersection', bitmap, stored).changedBytes()),
    [bitmap, stored],
  );
  const { changedBytes, changedBlocks, extents, meanExtentBytes, largestExtentBytes, amplification } =
    statistics;
  return (
    <div className="ds-numbers">
      <p className="ds-numbers-main">
        <strong className="ds-number">{formatBytes(changedBytes)}</strong>
        <span className="ds-muted"> changed, {formatShare(changedBytes, bitmap.sizeBytes)} of the disk</span>
      </p>
      <Facts
        facts={[
          ...(differentBytes === undefined
            ? []
            : [
                {
                  name: 'Truly different',
                  value: `${formatBytes(differentBytes)}, ${formatShare(differentBytes, changedBytes)} of it`,
                  title: `${formatBytes(changedBytes - differentBytes)} were rewritten with the same bytes`,
                },
              ]),
          { name: 'Blocks', value: `${formatCount(changedBlocks)} of ${formatCount(bitmap.blocks)}` },
          { name: 'Extents', value: formatCount(extents) },
          { name: 'Mean run', value: formatBytes(meanExtentBytes) },
          { name: 'Longest run', value: formatBytes(largestExtentBytes) },
          ...(rate === undefined
            ? []
            : [
                {
                  name: 'To read it',
                  value: `about ${formatDuration(changedBytes / rate)}`,
                  title: `at ${formatRate(rate)}, the rate of the last export`,
                },
              ]),
        ]}
      />
      <table className="ds-table ds-amplification">
        <caption>What an increment reads, by block size</caption>
        <thead>
          <tr>
            <th scope="col">Block size</th>
            <th scope="col" className="ds-number">
              Bytes
            </th>
            <th scope="col" className="ds-number">
              Factor
            </th>
          </tr>
        </thead>
        <tbody>
          {amplification.map(({ unitBytes, bytes, factor }) => (
            <tr key={unitBytes}>
              <th scope="row">
                {formatBytes(unitBytes)}
                {unitBytes === CBT_BLOCK_SIZE && <span className="ds-muted"> Deltascope</span>}
              </th>
              <td className="ds-number">{formatBytes(bytes)}</td>
              <td className="ds-number">×{factor >= 10 ? factor.toFixed(0) : factor.toFixed(1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
