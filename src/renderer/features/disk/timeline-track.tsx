import { useEffect, useRef, type KeyboardEvent, type MouseEvent } from 'react';
import type { Snapshot } from '../../../shared/model/inventory';
import { formatAgo } from '../../platform/format';
import type { ChosenInterval } from '../../stores/disk-interval';
import { Icon } from '../../ui/icon';
import { snapshotTitle } from './snapshot-title';

export interface TimelineTrackProps {
  readonly snapshots: readonly Snapshot[];
  readonly interval: ChosenInterval | undefined;
  /** Snapshots that an export on this computer was made from. */
  readonly exported: ReadonlySet<string>;
  readonly onChoose: (interval: Partial<ChosenInterval>) => void;
}

const marksOf = ({ hasData, ours, cbtEnabled }: Snapshot): string =>
  `${hasData ? '' : 'is-log-only'} ${ours ? 'is-ours' : ''} ${cbtEnabled ? '' : 'is-untracked'}`;

/** Oldest left, the live disk right. A click ends the interval at a snapshot, Shift+click begins it there. */
export function TimelineTrack({ snapshots, interval, exported, onChoose }: TimelineTrackProps) {
  const track = useRef<HTMLDivElement>(null);
  const indexOf = (uuid: string | undefined): number =>
    snapshots.findIndex((snapshot) => snapshot.uuid === uuid);
  const from = indexOf(interval?.fromUuid);
  const to = indexOf(interval?.toUuid);
  const toUuid = interval?.toUuid;

  useEffect(() => {
    const box = track.current;
    if (box === null) return undefined;
    const showEnd = (): void => {
      // Only the track scrolls; scrollIntoView would move the editor around it too.
      const end = box.querySelector<HTMLElement>('[data-end=to]');
      if (end) box.scrollLeft = end.offsetLeft + end.offsetWidth * 2 - box.clientWidth;
    };
    const size = new ResizeObserver(showEnd);
    size.observe(box);
    return () => size.disconnect();
  }, [toUuid]);

  const choose = (snapshot: Snapshot, asStart: boolean): void => {
    if (!snapshot.cbtEnabled) return;
    if (asStart) onChoose({ ...interval, fromUuid: snapshot.uuid });
    else onChoose({ toUuid: snapshot.uuid });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const nodes = [...(track.current?.querySelectorAll('button') ?? [])];
    const at = nodes.findIndex((node) => node === document.activeElement);
    nodes[at + (event.key === 'ArrowRight' ? 1 : -1)]?.focus();
    event.preventDefault();
  };
  return (
    <div
      className="ds-timeline"
      ref={track}
      role="group"
      aria-label="Timeline of snapshots. Enter ends the interval here, Shift+Enter begins it here."
      onKeyDown={onKeyDown}
    >
      {snapshots.map((snapshot, index) => {
        const end = index === from ? 'from' : index === to ? 'to' : undefined;
        const inside = from >= 0 && index > from && index <= to;
        return (
          <button
            key={snapshot.uuid}
            type="button"
            className={`ds-timeline-node ${marksOf(snapshot)} ${inside ? 'is-inside' : ''}`}
            data-end={end}
            aria-pressed={end !== undefined}
            aria-disabled={!snapshot.cbtEnabled}
            title={snapshotTitle(snapshot, exported.has(snapshot.uuid))}
            tabIndex={index === (to >= 0 ? to : snapshots.length - 1) ? 0 : -1}
            onClick={(event: MouseEvent) => choose(snapshot, event.shiftKey)}
          >
            <span className="ds-timeline-end">{end === undefined ? '' : end === 'from' ? 'From' : 'To'}</span>
            <span className="ds-timeline-dot" />
            <span className="ds-timeline-name ds-truncate">{snapshot.name}</span>
            <span className="ds-timeline-when ds-truncate">
              {exported.has(snapshot.uuid) && <Icon name="archive" label="exported" />}
              {formatAgo(snapshot.takenAt)}
              {!snapshot.hasData && ' · log only'}
            </span>
          </button>
        );
      })}
      <span className="ds-timeline-node ds-timeline-now">
        <span className="ds-timeline-end" />
        <span className="ds-timeline-dot" />
        <span className="ds-timeline-name">Now</span>
        <span className="ds-timeline-when">live disk</span>
      </span>
    </div>
  );
}
