import type { Snapshot } from '../../../shared/model/inventory';
import { Icon } from '../../ui/icon';

export interface TimelineLegendProps {
  readonly snapshots: readonly Snapshot[];
  /** Snapshots that an export on this computer was made from. */
  readonly exported: readonly string[];
}

/** What the marks of the timeline mean: those that stand in it. */
export function TimelineLegend({ snapshots, exported }: TimelineLegendProps) {
  const plain = snapshots.some(({ hasData, cbtEnabled }) => hasData && cbtEnabled);
  const ours = snapshots.filter((snapshot) => snapshot.ours).length;
  const withoutData = snapshots.filter(({ hasData }) => !hasData).length;
  const untracked = snapshots.filter(({ cbtEnabled }) => !cbtEnabled).length;
  return (
    <ul className="ds-timeline-legend ds-muted">
      {plain && <Mark look="">holds its data</Mark>}
      {withoutData > 0 && <Mark look="is-log-only">change log only, no data</Mark>}
      {ours > 0 && <Mark look="is-ours">made by Deltascope</Mark>}
      {untracked > 0 && <Mark look="is-untracked">without change tracking</Mark>}
      {exported.length > 0 && (
        <li>
          <Icon name="archive" /> exported to this computer
        </li>
      )}
    </ul>
  );
}

function Mark({ look, children }: { look: string; children: string }) {
  return (
    <li className={look}>
      <span className="ds-timeline-dot" aria-hidden="true" /> {children}
    </li>
  );
}
