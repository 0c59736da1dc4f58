import { useEffect, useMemo } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Disk, Vm } from '../../../shared/model/inventory';
import { formatAgo, formatBytes, formatDateTime, formatShare } from '../../platform/format';
import { intervalKey, type Interval } from '../../stores/changed-blocks';
import { TableFrame } from '../../ui/table-frame';
import { Icon } from '../../ui/icon';
import { Section } from '../../ui/section';
import { useActiveJobIds } from '../../workbench/use-objects';
import { useServices } from '../../workbench/use-services';
import { commonSnapshots, type CommonSnapshot } from './common-snapshots';

export interface ChangedSinceProps {
  readonly poolId: string;
  readonly vm: Vm;
  readonly disks: readonly Disk[];
}

/** Intervals asked for by themselves; more on demand would only load the pool. */
const MOST = 8;

/** How much each disk changed from each common snapshot to the newest. */
export function ChangedSince({ poolId, disks }: ChangedSinceProps) {
  const { inventory } = useServices();
  const snapshots = useStore(
    inventory,
    useShallow(({ byPool }) => disks.flatMap((disk) => byPool.get(poolId)?.snapshotsOf(disk) ?? [])),
  );
  const active = useActiveJobIds();
  const common = useMemo(() => {
    // The pool lists no changes of a disk in use.
    const free = snapshots.filter(({ jobId = '' }) => !active.has(jobId));
    return commonSnapshots(disks, (disk) => free.filter(({ diskUuid }) => diskUuid === disk.uuid));
  }, [disks, snapshots, active]);
  const newest = common.at(-1);
  const earlier = common.slice(0, -1).slice(-MOST).reverse();
  if (newest === undefined || earlier.length === 0) {
    return (
      <Section title="Changed since">
        <p className="ds-muted">
          Two snapshots of this VM with change tracking on are needed to tell how much changed between them.
        </p>
      </Section>
    );
  }
  return (
    <Section title={`Changed up to ${newest.name} (${formatDateTime(newest.takenAt)})`}>
      <TableFrame label="Changed since each common snapshot">
        <table className="ds-table" aria-label="Changed since each common snapshot">
          <thead>
            <tr>
              <th scope="col">Since</th>
              {disks.map((disk) => (
                <th key={disk.uuid} scope="col" className="ds-number">
                  {disk.attachments[0]?.device ?? disk.name}
                </th>
              ))}
              <th scope="col" className="ds-number">
                All disks
              </th>
            </tr>
          </thead>
          <tbody>
            {earlier.map((since) => (
              <SinceRow key={since.key} poolId={poolId} disks={disks} since={since} newest={newest} />
            ))}
          </tbody>
        </table>
      </TableFrame>
    </Section>
  );
}

interface SinceRowProps {
  readonly poolId: string;
  readonly disks: readonly Disk[];
  readonly since: CommonSnapshot;
  readonly newest: CommonSnapshot;
}

function SinceRow({ poolId, disks, since, newest }: SinceRowProps) {
  const { changedBlocks } = useServices();
  const intervals = useMemo(
    () =>
      disks.map((disk): Interval | undefined => {
        const [from, to] = [since.byDisk.get(disk.uuid), newest.byDisk.get(disk.uuid)];
        return from && to && { poolId, fromUuid: from.uuid, toUuid: to.uuid };
      }),
    [disks, since, newest, poolId],
  );
  const entries = useStore(
    changedBlocks,
    useShallow((state) =>
      intervals.map((interval) => interval && state.intervals.get(intervalKey(interval))),
    ),
  );
  useEffect(() => {
    for (const interval of intervals) if (interval !== undefined) void changedBlocks.want(interval);
  }, [changedBlocks, intervals]);

  const known = entries.flatMap((entry) => (entry?.state === 'known' ? entry.changedBytes : []));
  const complete = known.length === intervals.filter(Boolean).length && known.length > 0;
  const total = known.reduce((sum, bytes) => sum + bytes, 0);
  return (
    <tr>
      <th scope="row" title={formatDateTime(since.takenAt)}>
        {since.name} <span className="ds-muted">{formatAgo(since.takenAt)}</span>
      </th>
      {disks.map((disk, index) => {
        const entry = entries[index];
        return (
          <td key={disk.uuid} className="ds-number">
            {intervals[index] === undefined ? (
              <span className="ds-muted" title="This disk has no snapshot with change tracking at both ends">
                –
              </span>
            ) : entry?.state === 'known' ? (
              <span title={formatShare(entry.changedBytes, disk.sizeBytes)}>
                {formatBytes(entry.changedBytes)}
              </span>
            ) : entry?.state === 'failed' ? (
              <span title={`${entry.failure.message} ${entry.failure.nextStep}`}>
                <Icon name="error" className="ds-tone-error" label={entry.failure.message} />
              </span>
            ) : (
              <Icon name="loading" spin label="asking the pool" />
            )}
          </td>
        );
      })}
      <td className="ds-number">{complete ? <strong>{formatBytes(total)}</strong> : ''}</td>
    </tr>
  );
}
