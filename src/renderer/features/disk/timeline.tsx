import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Disk, Snapshot } from '../../../shared/model/inventory';
import { formatShortDateTime } from '../../platform/format';
import { diskRef } from '../../platform/object-ref';
import type { ChosenInterval } from '../../stores/disk-interval';
import { Section } from '../../ui/section';
import { EmptyState } from '../../ui/states';
import { SelectField } from '../../ui/field';
import { CommandButton } from '../../workbench/command-button';
import { useStorage } from '../../workbench/use-objects';
import { useServices } from '../../workbench/use-services';
import { TimelineLegend } from './timeline-legend';
import { TimelineTrack } from './timeline-track';

export interface TimelineProps {
  readonly poolId: string;
  readonly disk: Disk;
  readonly snapshots: readonly Snapshot[];
  readonly interval: ChosenInterval | undefined;
}

/** The snapshots of a disk in time, and the interval between two of them. */
export function Timeline({ poolId, disk, snapshots, interval }: TimelineProps) {
  const { diskInterval, library } = useServices();
  const exported = useStore(
    library,
    useShallow(({ scans }) =>
      [...scans.values()].flatMap((scan) =>
        scan.state === 'scanned'
          ? scan.disks
              .filter(({ diskUuid }) => diskUuid === disk.uuid)
              .flatMap(({ entries }) => entries.map(({ manifest }) => manifest.snapshot.uuid))
          : [],
      ),
    ),
  );
  const canTrack = useStorage(poolId, disk.storageUuid)?.supportsCbt !== false;
  if (snapshots.length === 0) {
    return (
      <Section title="Snapshots">
        <EmptyState
          icon="device-camera"
          title="No snapshots"
          text={
            canTrack
              ? 'Two snapshots make an interval: what changed between them is what the map shows and what an increment reads.'
              : 'An export takes its own snapshot. What changes between snapshots is not known on this storage.'
          }
        >
          <CommandButton command="snapshot.create" args={[diskRef(poolId, disk.uuid)]} />
        </EmptyState>
      </Section>
    );
  }
  const choose = (next: Partial<ChosenInterval>): void =>
    diskInterval.choose(poolId, disk.uuid, { ...interval, ...next });
  const options = snapshots
    .filter(({ cbtEnabled }) => cbtEnabled)
    .map((snapshot) => ({ value: snapshot.uuid, label: optionLabel(snapshot) }));
  return (
    <Section
      title="Snapshots"
      actions={
        interval !== undefined && (
          <div className="ds-interval-fields">
            <SelectField
              label="From"
              options={options}
              value={interval.fromUuid}
              onChange={(event) => choose({ fromUuid: event.target.value })}
            />
            <SelectField
              label="To"
              options={options}
              value={interval.toUuid}
              onChange={(event) => choose({ toUuid: event.target.value })}
            />
          </div>
        )
      }
    >
      <TimelineTrack
        snapshots={snapshots}
        interval={interval}
        exported={new Set(exported)}
        onChoose={(next) => diskInterval.choose(poolId, disk.uuid, next)}
      />
      <TimelineLegend snapshots={snapshots} exported={exported} />
    </Section>
  );
}

const optionLabel = ({ name, takenAt, hasData }: Snapshot): string =>
  `${name} · ${formatShortDateTime(takenAt)}${hasData ? '' : ' · change log only'}`;
