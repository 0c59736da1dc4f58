import { useEffect } from 'react';
import { useStore } from 'zustand';
import type { Disk, Snapshot } from '../../../shared/model/inventory';
import { intervalKey } from '../../stores/changed-blocks';
import type { ChosenInterval } from '../../stores/disk-interval';
import { Section } from '../../ui/section';
import { EmptyState, ErrorState, LoadingState } from '../../ui/states';
import { CommandButton } from '../../workbench/command-button';
import { useStorage } from '../../workbench/use-objects';
import { useServices } from '../../workbench/use-services';
import { useTrueDifference } from '../../workbench/use-true-difference';
import { ChangeNumbers } from './change-numbers';

export interface IntervalViewProps {
  readonly poolId: string;
  readonly disk: Disk;
  readonly snapshots: readonly Snapshot[];
  readonly interval: ChosenInterval | undefined;
}

/** The map of an interval and the numbers beside it; nothing where there can be none. */
export function IntervalView({ poolId, disk, snapshots, interval }: IntervalViewProps) {
  const canTrack = useStorage(poolId, disk.storageUuid)?.supportsCbt !== false;
  if (interval !== undefined) {
    return <KnownInterval poolId={poolId} disk={disk} snapshots={snapshots} interval={interval} />;
  }
  if (snapshots.length === 0 || !canTrack) return null;
  return (
    <Section title="Changed blocks">
      <EmptyState
        icon="diff"
        title="Two snapshots with change tracking are needed"
        text={
          disk.cbtEnabled
            ? 'Take another snapshot: what changes between the two is shown here.'
            : 'Turn change tracking on, then take two snapshots.'
        }
      />
    </Section>
  );
}

function KnownInterval({
  poolId,
  disk,
  snapshots,
  interval,
}: IntervalViewProps & { interval: ChosenInterval }) {
  const { changedBlocks, registries } = useServices();
  const { fromUuid, toUuid } = interval;
  const key = intervalKey({ poolId, fromUuid, toUuid });
  const changes = useStore(changedBlocks, ({ intervals }) => intervals.get(key));
  useEffect(() => {
    void changedBlocks.want({ poolId, fromUuid, toUuid });
  }, [changedBlocks, poolId, fromUuid, toUuid]);

  const difference = useTrueDifference(disk.uuid, fromUuid, toUuid);

  const nameOf = (uuid: string): string => snapshots.find((snapshot) => snapshot.uuid === uuid)?.name ?? uuid;
  const label = `${disk.name}, changed blocks from ${nameOf(fromUuid)} to ${nameOf(toUuid)}`;
  const Heatmap = registries.slots.heatmap;
  if (changes === undefined || changes.state === 'loading') {
    return (
      <Section title="Changed blocks">
        <LoadingState text="Asking the pool which blocks changed…" />
      </Section>
    );
  }
  if (changes.state === 'failed') {
    return (
      <Section title="Changed blocks">
        <ErrorState failure={changes.failure}>
          <CommandButton command="changes.askAgain" title="Ask again" />
        </ErrorState>
      </Section>
    );
  }
  return (
    <Section title="Changed blocks">
      <div className="ds-interval">
        <div className="ds-interval-map">
          {Heatmap !== undefined && (
            <Heatmap
              poolId={poolId}
              diskUuid={disk.uuid}
              fromUuid={fromUuid}
              toUuid={toUuid}
              bitmap={changes.bitmap}
              label={label}
            />
          )}
        </div>
        <ChangeNumbers
          bitmap={changes.bitmap}
          stored={difference?.stored.state === 'known' ? difference.stored.bitmap : undefined}
        />
      </div>
    </Section>
  );
}
