import type { Disk } from '../../../shared/model/inventory';
import { formatAgo, formatBytes, formatDateTime } from '../../platform/format';
import { diskRef } from '../../platform/object-ref';
import { TableFrame } from '../../ui/table-frame';
import { Badge } from '../../ui/badge';
import { CommandIcon } from '../../workbench/command-button';
import { useSnapshotsOf, useStorage } from '../../workbench/use-objects';
import { useTarget } from '../../workbench/use-target';
import { useServices } from '../../workbench/use-services';

export function DisksTable({ poolId, disks }: { poolId: string; disks: readonly Disk[] }) {
  return (
    <TableFrame label="Disks">
      <table className="ds-table" aria-label="Disks">
        <thead>
          <tr>
            <th scope="col">Device</th>
            <th scope="col">Disk</th>
            <th scope="col" className="ds-number">
              Size
            </th>
            <th scope="col" className="ds-number">
              Used
            </th>
            <th scope="col">Storage</th>
            <th scope="col">Change tracking</th>
            <th scope="col" className="ds-number">
              Snapshots
            </th>
            <th scope="col">Last snapshot</th>
            <th scope="col">
              <span className="ds-visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {disks.map((disk) => (
            <DiskRow key={disk.uuid} poolId={poolId} disk={disk} />
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}

function DiskRow({ poolId, disk }: { poolId: string; disk: Disk }) {
  const services = useServices();
  const storage = useStorage(poolId, disk.storageUuid);
  const last = useSnapshotsOf(poolId, disk.uuid).at(-1);
  const ref = diskRef(poolId, disk.uuid);
  const target = useTarget(ref);
  return (
    <tr>
      <td className="ds-mono">{disk.attachments[0]?.device}</td>
      <th scope="row">
        <button
          type="button"
          className="ds-link"
          onClick={() => void services.commands.run('object.open', ref)}
        >
          {disk.name}
        </button>
      </th>
      <td className="ds-number">{formatBytes(disk.sizeBytes)}</td>
      <td className="ds-number">{formatBytes(disk.usedBytes)}</td>
      <td>
        {storage?.name ?? 'unknown'}
        {storage !== undefined && <span className="ds-muted"> · {storage.type}</span>}
      </td>
      <td>
        {disk.cbtEnabled ? (
          <Badge tone="success">on</Badge>
        ) : storage?.supportsCbt === false ? (
          <Badge tone="warning">storage cannot</Badge>
        ) : (
          <Badge tone="warning">off</Badge>
        )}
      </td>
      <td className="ds-number">{disk.snapshotUuids.length}</td>
      <td title={last && formatDateTime(last.takenAt)}>
        {last === undefined ? (
          <span className="ds-muted">none</span>
        ) : (
          <>
            {formatAgo(last.takenAt)}
            {!last.hasData && <span className="ds-muted"> (change log only)</span>}
          </>
        )}
      </td>
      <td className="ds-row-actions">
        <CommandIcon
          command="cbt.enable"
          {...target}
          hideDisabled
          title={`Enable change tracking of ${disk.name}`}
        />
        <CommandIcon command="export.new" {...target} title={`Export ${disk.name}`} />
      </td>
    </tr>
  );
}
