import { useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Disk } from '../../../shared/model/inventory';
import { formatAgo, formatBytes, formatDateTime, formatShare, plural } from '../../platform/format';
import { intervalKey, type Interval } from '../../stores/changed-blocks';
import { Button } from '../../ui/button';
import { TableFrame } from '../../ui/table-frame';
import { Icon } from '../../ui/icon';
import { Section } from '../../ui/section';
import { useActiveJobIds } from '../../workbench/use-objects';
import { useServices } from '../../workbench/use-services';
import { commonSnapshots, type CommonSnapshot } from './common-snapshots';

export interface ChangedSinceProps {
  readonly poolId: string;
  readonly disks: readonly Disk[];
}

/** Snapshots that the pool is asked about by itself. */
const FIRST = 8;

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
  const earlier = common.slice(0, -1).reverse();
  const [all, setAll] = useState(false);
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
            {(all ? earlier : earlier.slice(0, FIRST)).map((since) => (
              <SinceRow key={since.key} poolId={poolId} disks={disks} since={since} newest={newest} />
            ))}
          </tbody>
        </table>
      </TableFrame>
      {!all && earlier.length > FIRST && (
        <p>
          <Button kind="link" onClick={() => setAll(true)}>
            Ask the pool about {plural(earlier.length - FIRST, 'earlier snapshot')}, too
          </Button>
        </p>
      )}
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
  // Of many rows the store cannot keep every bitmap, but all numbers.
  const cells = useStore(
    changedBlocks,
    useShallow((state) =>
      intervals.map((interval) => {
        if (interval === undefined) return undefined;
        const key = intervalKey(interval);
        return state.changedBytes.get(key) ?? state.intervals.get(key);
      }),
    ),
  );
  useEffect(() => {
    const { changedBytes } = changedBlocks.getState();
    for (const interval of intervals)
      if (interval !== undefined && !changedBytes.has(intervalKey(interval)))
        void changedBlocks.want(interval);
  }, [changedBlocks, intervals]);

  const known = cells.filter((cell) => typeof cell === 'number');
  const complete = known.length === intervals.filter(Boolean).length && known.length > 0;
  const total = known.reduce((sum, bytes) => sum + bytes, 0);
  return (
    <tr>
      <th scope="row" title={formatDateTime(since.takenAt)}>
        {since.name} <span className="ds-muted">· {formatAgo(since.takenAt)}</span>
      </th>
      {disks.map((disk, index) => {
        const cell = cells[index];
        return (
          <td key={disk.uuid} className="ds-number">
            {intervals[index] === undefined ? (
              <span className="ds-muted" title="This disk has no snapshot with change tracking at both ends">
                –
              </span>
            ) : typeof cell === 'number' ? (
              <span title={formatShare(cell, disk.sizeBytes)}>{formatBytes(cell)}</span>
            ) : cell?.state === 'failed' ? (
              <span title={`${cell.failure.message} ${cell.failure.nextStep}`}>
                <Icon name="error" className="ds-tone-error" label={cell.failure.message} />
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
