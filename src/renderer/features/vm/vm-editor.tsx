import type { Vm } from '../../../shared/model/inventory';
import { formatBytes, plural } from '../../platform/format';
import { vmRef } from '../../platform/object-ref';
import { Badge } from '../../ui/badge';
import { Section } from '../../ui/section';
import { EmptyState } from '../../ui/states';
import { CommandButton } from '../../workbench/command-button';
import { ObjectGate } from '../../workbench/object-gate';
import { ObjectHeader } from '../../workbench/object-header';
import type { EditorParams } from '../../workbench/registries';
import { useDisksOf, useVm } from '../../workbench/use-objects';
import { useTarget } from '../../workbench/use-target';
import { ChangedSince } from './changed-since';
import { DisksTable } from './disks-table';
import './vm.css';

export function VmEditor({ params: { pool = '', vm: uuid = '' } }: { params: EditorParams }) {
  const vm = useVm(pool, uuid);
  return (
    <ObjectGate poolId={pool} found={vm !== undefined} kind="VM">
      {vm !== undefined && <VmPage poolId={pool} vm={vm} />}
    </ObjectGate>
  );
}

function VmPage({ poolId, vm }: { poolId: string; vm: Vm }) {
  const disks = useDisksOf(poolId, vm.uuid);
  const ref = vmRef(poolId, vm.uuid);
  const target = useTarget(ref);
  const total = disks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return (
    <div className="ds-page">
      <ObjectHeader
        icon="vm"
        title={vm.name}
        poolId={poolId}
        path={[]}
        badges={<Badge tone={vm.powerState === 'running' ? 'success' : 'neutral'}>{vm.powerState}</Badge>}
        actions={
          <>
            <CommandButton command="demo.guestActivity" {...target} hideDisabled />
            <CommandButton
              command="cbt.enable"
              {...target}
              hideDisabled
              title="Enable Change Tracking on All Disks"
            />
            <CommandButton command="snapshot.create" {...target} />
            <CommandButton command="export.new" {...target} kind="primary" title="Export All Disks…" />
          </>
        }
      />
      {vm.description !== '' && <p className="ds-muted ds-selectable">{vm.description}</p>}
      <Section
        title={disks.length === 0 ? 'Disks' : `${plural(disks.length, 'disk')}, ${formatBytes(total)} in all`}
      >
        {disks.length === 0 ? (
          <EmptyState icon="database" title="This VM has no disk" />
        ) : (
          <DisksTable poolId={poolId} disks={disks} />
        )}
      </Section>
      {disks.length > 0 && <ChangedSince poolId={poolId} disks={disks} />}
    </div>
  );
}
