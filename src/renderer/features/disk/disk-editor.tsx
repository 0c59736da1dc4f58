import { useStore } from 'zustand';
import type { Disk } from '../../../shared/model/inventory';
import { diskRef } from '../../platform/object-ref';
import { resolveInterval } from '../../stores/disk-interval';
import { Section } from '../../ui/section';
import { CommandButton } from '../../workbench/command-button';
import { ObjectGate } from '../../workbench/object-gate';
import { ObjectHeader } from '../../workbench/object-header';
import type { EditorParams } from '../../workbench/registries';
import { useActiveJobIds, useDisk, useSnapshotsOf, useVmOfDisk } from '../../workbench/use-objects';
import { useTarget } from '../../workbench/use-target';
import { useServices } from '../../workbench/use-services';
import { DiskIdentity } from './disk-identity';
import { IntervalView } from './interval-view';
import { Timeline } from './timeline';
import { TrackingBadge, TrackingState } from './tracking-state';

export function DiskEditor({ params: { pool = '', disk: uuid = '' } }: { params: EditorParams }) {
  const disk = useDisk(pool, uuid);
  return (
    <ObjectGate poolId={pool} found={disk !== undefined} kind="disk">
      {disk !== undefined && <DiskPage poolId={pool} disk={disk} />}
    </ObjectGate>
  );
}

function DiskPage({ poolId, disk }: { poolId: string; disk: Disk }) {
  const services = useServices();
  const vm = useVmOfDisk(poolId, disk.uuid);
  const snapshots = useSnapshotsOf(poolId, disk.uuid);
  const chosen = useStore(services.diskInterval, (state) => state.chosen.get(`${poolId}/${disk.uuid}`));
  const activeJobs = useActiveJobIds();
  const interval = resolveInterval(snapshots, chosen, activeJobs);
  const ref = diskRef(poolId, disk.uuid);
  const target = useTarget(ref);
  return (
    <div className="ds-page ds-disk">
      <ObjectHeader
        icon="database"
        title={disk.name}
        poolId={poolId}
        path={vm === undefined ? [] : [vm.name]}
        badges={<TrackingBadge poolId={poolId} disk={disk} />}
        actions={
          <>
            <CommandButton command="demo.guestActivity" {...target} hideDisabled />
            <CommandButton command="snapshot.create" {...target} />
            <CommandButton command="export.new" {...target} kind="primary" title="Export…" />
          </>
        }
      />
      <div className="ds-disk-top">
        <Section title="Disk">
          <DiskIdentity poolId={poolId} disk={disk} />
        </Section>
        <Section title="Change tracking">
          <TrackingState poolId={poolId} disk={disk} />
        </Section>
      </div>
      <Timeline poolId={poolId} disk={disk} snapshots={snapshots} interval={interval} />
      <IntervalView poolId={poolId} disk={disk} snapshots={snapshots} interval={interval} />
    </div>
  );
}
