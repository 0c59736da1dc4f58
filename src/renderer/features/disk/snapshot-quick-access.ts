import type { Snapshot } from '../../../shared/model/inventory';
import { formatAgo, formatDateTime } from '../../platform/format';
import { snapshotRef } from '../../platform/object-ref';
import type { QuickItem } from '../../stores/quick-input';
import { resolveInterval } from '../../stores/disk-interval';
import { activeJobIds } from '../../stores/jobs';
import { filterItems } from '../../workbench/quick-input/filter';
import type { QuickAccessProvider } from '../../workbench/registries';
import type { Services } from '../../workbench/services';

interface ShownDisk {
  readonly poolId: string;
  readonly diskUuid: string;
  readonly snapshots: readonly Snapshot[];
}

/** The disk that is selected, itself or by one of its snapshots. */
function shownDisk({ selection, inventory }: Services): ShownDisk | undefined {
  const ref = selection.object();
  const pool = ref && inventory.pool(ref.poolId);
  const disk = pool?.disks.get(pool.snapshots.get(ref?.uuid ?? '')?.diskUuid ?? ref?.uuid ?? '');
  if (ref === undefined || pool === undefined || disk === undefined) return undefined;
  const snapshots = disk.snapshotUuids.flatMap((uuid) => pool.snapshots.get(uuid) ?? []);
  return { poolId: ref.poolId, diskUuid: disk.uuid, snapshots };
}

const toItem = (snapshot: Snapshot, run: () => void): QuickItem => ({
  id: snapshot.uuid,
  label: snapshot.name,
  icon: snapshot.hasData ? 'device-camera' : 'history',
  description: [
    formatDateTime(snapshot.takenAt),
    formatAgo(snapshot.takenAt),
    snapshot.hasData ? '' : 'change log only',
    snapshot.cbtEnabled ? '' : 'not tracked',
  ]
    .filter(Boolean)
    .join(' · '),
  disabled: !snapshot.cbtEnabled,
  run,
});

/** `@`: the snapshots of the selected disk, newest first; choosing one ends the interval there. */
export const snapshotProvider = (services: Services): QuickAccessProvider => ({
  id: '@',
  title: 'Go to a snapshot of the selected disk',
  placeholder: 'Choose the snapshot where the interval ends',
  emptyText: 'Select a disk with snapshots first.',
  items: (query) => {
    const disk = shownDisk(services);
    if (disk === undefined) return [];
    const items = disk.snapshots
      .toReversed()
      .map((snapshot) =>
        toItem(
          snapshot,
          () => void services.commands.run('object.open', snapshotRef(disk.poolId, snapshot.uuid)),
        ),
      );
    return filterItems(query, items);
  },
});

/** Choosing both ends of the interval by keyboard. */
export function registerSnapshotQuickAccess(services: Services): void {
  const { commands, quickInput, registries, diskInterval, jobs } = services;
  registries.quickAccess.register(snapshotProvider(services));
  const when = "object.kind == 'disk' || object.kind == 'snapshot'";
  commands.register(
    {
      id: 'snapshot.goTo',
      title: 'Go to Snapshot…',
      category: 'Go',
      icon: 'device-camera',
      keys: ['$mod+Shift+KeyO'],
      when,
      run: () => quickInput.show('@'),
    },
    {
      id: 'snapshot.chooseBase',
      title: 'Choose Where the Interval Begins…',
      category: 'Snapshot',
      icon: 'git-compare',
      when,
      run: () => {
        const disk = shownDisk(services);
        if (disk === undefined) return;
        const { poolId, diskUuid, snapshots } = disk;
        const interval = resolveInterval(
          snapshots,
          diskInterval.of(poolId, diskUuid),
          activeJobIds(jobs.getState()),
        );
        const end = snapshots.findIndex(({ uuid }) => uuid === interval?.toUuid);
        quickInput.pick({
          title: 'Where the interval begins',
          placeholder: 'Choose an earlier snapshot',
          items: snapshots
            .slice(0, Math.max(end, 0))
            .reverse()
            .map((snapshot) =>
              toItem(snapshot, () => {
                const toUuid = interval?.toUuid;
                diskInterval.choose(poolId, diskUuid, {
                  fromUuid: snapshot.uuid,
                  ...(toUuid === undefined ? {} : { toUuid }),
                });
              }),
            ),
        });
      },
    },
  );
}
