import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import type { Pool, Snapshot } from '../../../shared/model/inventory';
import { formatBytes, formatDateTime, formatShortDateTime } from '../../platform/format';
import { isActive } from '../../stores/jobs';
import { Badge } from '../../ui/badge';
import { Icon } from '../../ui/icon';
import { objectContext } from '../../workbench/object-context';
import { useDisk, usePool, useSnapshot, useStorage, useVm } from '../../workbench/use-objects';
import { useServices } from '../../workbench/use-services';
import type { PoolsRow } from './pool-rows';
import { menuOf } from './row-menu';

/** What a row shows. Each row follows its own object only. */
export function PoolsRowContent({ row }: { row: PoolsRow }) {
  switch (row.kind) {
    case 'pool':
      return <PoolContent row={row} />;
    case 'vm':
      return <VmContent row={row} />;
    case 'disk':
      return <DiskContent row={row} />;
    case 'snapshot':
      return <SnapshotContent row={row} />;
    case 'loose':
      return <Content row={row} icon="folder" name={row.label} />;
    case 'message':
      return <span className="ds-muted ds-tree-text">{row.label}</span>;
  }
}

interface ContentProps {
  readonly row: PoolsRow;
  readonly icon: string;
  readonly iconClass?: string;
  readonly spin?: boolean;
  readonly name: string;
  readonly description?: string | undefined;
  readonly title?: string;
  readonly children?: ReactNode;
}

function Content({ row, icon, iconClass, spin = false, name, description, title, children }: ContentProps) {
  return (
    <>
      <Icon name={icon} spin={spin} {...(iconClass === undefined ? {} : { className: iconClass })} />
      <span className="ds-tree-text ds-truncate" title={title ?? name}>
        {name}{' '}
        {description !== undefined && (
          <span className="ds-tree-description ds-tree-figure">{description}</span>
        )}
      </span>
      <span className="ds-tree-end">
        {children}
        <InlineActions row={row} />
      </span>
    </>
  );
}

/** For the mouse only: the keyboard reaches the same commands through the context menu and the palette. */
function InlineActions({ row }: { row: PoolsRow }) {
  const services = useServices();
  const { registries, commands } = services;
  const menu = menuOf(services, row);
  if (menu === undefined) return null;
  const inline = registries
    .menuItems(menu)
    .filter(
      ({ inline: shown, command }) =>
        shown === true && commands.isEnabled(command, objectContext(services, row.ref)),
    );
  if (inline.length === 0) return null;
  return (
    <span className="ds-tree-actions" aria-hidden="true">
      {inline.map(({ id, command }) => (
        <button
          key={id}
          type="button"
          tabIndex={-1}
          title={commands.get(command)?.title}
          data-command={command}
          onClick={() => void commands.run(command, row.ref)}
        >
          <Icon name={commands.get(command)?.icon ?? 'play'} />
        </button>
      ))}
    </span>
  );
}

const POOL_STATES: Record<Pool['state'], { icon: string; text: string | undefined }> = {
  connected: { icon: 'server-environment', text: undefined },
  connecting: { icon: 'loading', text: 'connecting…' },
  lost: { icon: 'warning', text: 'connection lost' },
  disconnected: { icon: 'debug-disconnect', text: 'not connected' },
};

function PoolContent({ row }: { row: PoolsRow }) {
  const { pools } = useServices();
  const pool = usePool(row.poolId);
  const hasNamesake = useStore(pools, ({ pools: all }) =>
    all.some(({ id, name }) => id !== pool?.id && name === pool?.name),
  );
  if (pool === undefined) return null;
  const { icon } = POOL_STATES[pool.state];
  const text =
    pool.failure?.code === 'certificate-changed' ? 'certificate changed' : POOL_STATES[pool.state].text;
  const address = hasNamesake && !pool.isDemo ? pool.url.replace('https://', '') : '';
  const loading = pool.state === 'connecting' || (pool.state === 'connected' && !row.expandable);
  return (
    <Content
      row={row}
      icon={loading ? 'loading' : icon}
      spin={loading}
      iconClass={pool.state === 'lost' || pool.failure !== undefined ? 'ds-tone-warning' : ''}
      name={row.label}
      description={[text ?? (loading ? 'reading…' : ''), address].filter(Boolean).join(' · ') || undefined}
      title={`${row.label}\n${pool.url}${pool.failure === undefined ? '' : `\n${pool.failure.message}`}`}
    >
      {pool.isDemo && <Badge tone="demo">demo</Badge>}
    </Content>
  );
}

const POWER = { running: 'vm-running', halted: 'vm', suspended: 'vm-outline', paused: 'vm-outline' } as const;

function VmContent({ row }: { row: PoolsRow }) {
  const vm = useVm(row.poolId, row.ref!.uuid);
  if (vm === undefined) return null;
  return (
    <Content
      row={row}
      icon={POWER[vm.powerState]}
      name={vm.name}
      description={vm.powerState === 'running' ? undefined : vm.powerState}
      title={[vm.name, vm.description, vm.powerState].filter(Boolean).join('\n')}
    />
  );
}

function DiskContent({ row }: { row: PoolsRow }) {
  const { jobs } = useServices();
  const uuid = row.ref!.uuid;
  const disk = useDisk(row.poolId, uuid);
  const storage = useStorage(row.poolId, disk?.storageUuid ?? '');
  const busy = useStore(jobs, ({ jobs: all }) =>
    [...all.values()].some((job) => isActive(job) && job.disks.some(({ diskUuid }) => diskUuid === uuid)),
  );
  if (disk === undefined) return null;
  const device = disk.attachments[0]?.device;
  return (
    <Content
      row={row}
      icon="database"
      name={disk.name}
      description={formatBytes(disk.sizeBytes)}
      title={[disk.name, device ?? 'not attached', `on ${storage?.name ?? 'unknown storage'}`].join('\n')}
    >
      {busy && <Icon name="sync" spin label="an export is running" />}
      {disk.cbtEnabled ? (
        <Badge tone="success" title="Changed block tracking is on">
          CBT
        </Badge>
      ) : (
        <Badge
          title={
            storage?.supportsCbt === false
              ? 'The storage cannot track changes'
              : 'Changed block tracking is off'
          }
        >
          {storage?.supportsCbt === false ? 'no CBT' : 'CBT off'}
        </Badge>
      )}
    </Content>
  );
}

function SnapshotContent({ row }: { row: PoolsRow }) {
  const snapshot = useSnapshot(row.poolId, row.ref!.uuid);
  if (snapshot === undefined) return null;
  return (
    <Content
      row={row}
      icon={snapshot.hasData ? 'device-camera' : 'list-flat'}
      name={snapshot.name}
      description={snapshotRemark(snapshot)}
      title={`${snapshot.name}\n${formatDateTime(snapshot.takenAt)}\n${snapshotRemark(snapshot)}`}
    >
      {snapshot.ours && (
        <Badge tone="info" title="Deltascope made this snapshot">
          ours
        </Badge>
      )}
    </Content>
  );
}

const snapshotRemark = ({ hasData, takenAt }: Snapshot): string =>
  hasData ? formatShortDateTime(takenAt) : 'change log only';
