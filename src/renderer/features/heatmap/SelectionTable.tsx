import { useEffect, useState } from 'react';
import type { BlockBitmap } from '../../../shared/blocks/bitmap';
import type { BlockRange } from '../../../shared/blocks/view';
import { formatBytes, formatCount } from '../../platform/format';
import { useServices } from '../../workbench/use-services';
import type { HeatmapController } from './heatmap-controller';
import type { Questions } from './model/protocol';

interface Props {
  readonly controller: HeatmapController;
  readonly layer: number;
  readonly range: BlockRange;
  readonly bitmap: BlockBitmap;
}

const LIMIT = 200;

/** The changed extents of the brushed range. */
export function SelectionTable({ controller, layer, range, bitmap }: Props) {
  const { engine } = useServices();
  const [found, setFound] = useState<Questions['extents']['answer']>();
  useEffect(() => {
    let current = true;
    void controller.worker.ask('extents', { layer, range, limit: LIMIT }).then((answer) => {
      if (current) setFound(answer);
    });
    return () => {
      current = false;
    };
  }, [controller, layer, range, bitmap]);
  if (found === undefined) return null;
  const copy = () => {
    const lines = found.extents.map(({ offset, length }) => `${offset} ${length}`);
    void engine.request('clipboard.write', `${lines.join('\n')}\n`);
  };
  return (
    <div className="heatmap-selected">
      <header>
        <strong>
          {formatBytes(found.bytes)} changed in {formatCount(found.count)}{' '}
          {found.count === 1 ? 'extent' : 'extents'} of the selection
        </strong>
        <button type="button" onClick={copy} disabled={found.count === 0}>
          Copy as offset and length
        </button>
        <button type="button" onClick={() => controller.update({ selection: undefined })}>
          Clear selection
        </button>
      </header>
      <div className="heatmap-extents" role="region" aria-label="Changed extents" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Offset (bytes)</th>
              <th scope="col">Offset</th>
              <th scope="col">Length</th>
            </tr>
          </thead>
          <tbody>
            {found.extents.map(({ offset, length }) => (
              <tr key={offset}>
                <td>{formatCount(offset)}</td>
                <td>{formatBytes(offset)}</td>
                <td>{formatBytes(length)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {found.count > found.extents.length && (
          <p>and {formatCount(found.count - found.extents.length)} more</p>
        )}
      </div>
    </div>
  );
}
