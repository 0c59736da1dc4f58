import { useStore } from 'zustand';
import { formatBytes, formatShortDateTime } from '../../platform/format';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { useServices } from '../../workbench/use-services';
import type { TrueDifference } from '../../workbench/use-true-difference';
import { DIFFERENCE_TITLES, DIFFERENCE_VIEWS, type MapOptionsStore } from './map-options';
import { Switch } from './Toolbar';

/** Tells touched from truly different, where an export of the interval has compared its blocks with its base. */
export function DifferenceControls({
  options,
  difference: { entry, stored },
}: {
  readonly options: MapOptionsStore;
  readonly difference: TrueDifference;
}) {
  const { commands, storedBlocks } = useServices();
  const view = useStore(options, (state) => state.differenceView);
  const { createdAt, bytes } = entry.manifest;
  return (
    <div className="heatmap-controls">
      {stored.state === 'known' && (
        <Switch
          label="Blocks to show"
          values={DIFFERENCE_VIEWS}
          titles={DIFFERENCE_TITLES}
          value={view}
          onChange={(next) => void commands.run('heatmap.differenceView', next)}
        />
      )}
      <span className="ds-muted">
        The export of {formatShortDateTime(createdAt)} compared with its base:{' '}
        {bytes.equal > 0
          ? `${formatBytes(bytes.equal)} were equal and left out.`
          : 'all of it truly differs.'}
      </span>
      {stored.state === 'loading' && (
        <span className="heatmap-progress" role="status">
          <Icon name="loading" spin /> Reading which…
        </span>
      )}
      {stored.state === 'failed' && (
        <span className="heatmap-progress heatmap-failed" role="alert">
          <Icon name="error" /> {stored.failure.message} {stored.failure.nextStep}
          <Button kind="link" onClick={() => void storedBlocks.want(entry.manifestPath, true)}>
            Read again
          </Button>
        </span>
      )}
    </div>
  );
}
