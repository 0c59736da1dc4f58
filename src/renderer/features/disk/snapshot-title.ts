import type { Snapshot } from '../../../shared/model/inventory';
import { formatAgo, formatDateTime } from '../../platform/format';

/** In words, for screen readers and tooltips. */
export const snapshotTitle = (snapshot: Snapshot, exported: boolean): string =>
  [
    snapshot.name,
    `${formatDateTime(snapshot.takenAt)} (${formatAgo(snapshot.takenAt)})`,
    snapshot.hasData ? 'holds its data' : 'change log only, no data',
    snapshot.ours ? 'made by Deltascope' : '',
    exported ? 'exported' : '',
    snapshot.cbtEnabled ? '' : 'without change tracking: cannot be part of an interval',
  ]
    .filter(Boolean)
    .join('\n');
