import { useEffect, useState } from 'react';
import type { BlockBitmap } from '../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE } from '../../../shared/blocks/extent';
import { formatBytes, formatShare } from '../../platform/format';
import type { HeatmapController, HeatmapState } from './heatmap-controller';
import type { HotRange } from './model/hot-ranges';
import { reveal, zoomAt } from './model/viewport';

interface Props {
  readonly controller: HeatmapController;
  readonly layer: number;
  readonly bitmap: BlockBitmap;
  readonly state: HeatmapState;
}

/** Where most of the changes are, as a table: the same data for keyboard and screen reader. */
export function HotRanges({ controller, layer, bitmap, state }: Props) {
  const [ranges, setRanges] = useState<readonly HotRange[]>();
  useEffect(() => {
    let current = true;
    void controller.hot(layer).then((found) => {
      if (current) setRanges(found);
    });
    return () => {
      current = false;
    };
  }, [controller, layer]);

  const total = bitmap.changedBytes();
  const show = ({ firstBlock, endBlock }: HotRange) => {
    const { viewport } = state;
    const near = zoomAt(viewport, 4, viewport.width / 2, viewport.height / 2);
    controller.update({
      viewport: reveal(near, firstBlock),
      cursor: firstBlock,
      selection: { first: firstBlock, end: endBlock },
    });
  };
  if (ranges === undefined) return null;
  return (
    <div className="heatmap-hot" role="region" aria-label="Hot ranges" tabIndex={0}>
      {ranges.length === 0 ? (
        <p>Nothing changed in this interval.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">Length</th>
              <th scope="col">Changed</th>
              <th scope="col">Of all changes</th>
            </tr>
          </thead>
          <tbody>
            {ranges.map((range) => (
              <tr key={range.firstBlock}>
                <td>
                  <button type="button" onClick={() => show(range)}>
                    {formatBytes(range.firstBlock * CBT_BLOCK_SIZE)}
                  </button>
                </td>
                <td>{formatBytes((range.endBlock - range.firstBlock) * CBT_BLOCK_SIZE)}</td>
                <td>{formatBytes(range.changedBlocks * CBT_BLOCK_SIZE)}</td>
                <td>{formatShare(range.changedBlocks * CBT_BLOCK_SIZE, total)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
