import type { Snapshot } from '../../../../shared/model/inventory';

/** From one snapshot of a disk to the next. */
export interface NamedInterval {
  readonly key: string;
  readonly fromUuid: string;
  readonly toUuid: string;
  readonly fromName: string;
  readonly toName: string;
  /** When the later snapshot was taken, ISO 8601. */
  readonly takenAt: string;
}

/** The intervals of the disk on a map, and the one it was opened for. */
export interface MapIntervals {
  readonly poolId: string;
  readonly diskUuid: string;
  readonly current: NamedInterval;
  /** Oldest first. */
  readonly all: readonly NamedInterval[];
  /** How many of them can be shown together. */
  readonly most: number;
}

/** Each interval between neighbouring snapshots that track changes, oldest first. */
export function intervalsOf(snapshots: readonly Snapshot[]): NamedInterval[] {
  const tracked = snapshots.filter(({ cbtEnabled }) => cbtEnabled);
  return tracked.slice(1).map((to, index) => interval(tracked[index], to));
}

export const interval = (from: Snapshot, to: Snapshot): NamedInterval => ({
  key: `${from.uuid}/${to.uuid}`,
  fromUuid: from.uuid,
  toUuid: to.uuid,
  fromName: from.name,
  toName: to.name,
  takenAt: to.takenAt,
});

export const intervalName = ({ fromName, toName }: NamedInterval): string => `${fromName} → ${toName}`;

/** What all bitmaps that are shown together may take, in bytes. */
const BUDGET = 160 * 1024 * 1024;

/** How many intervals of a disk of this size can be shown together. */
export const mostIntervals = (blocks: number): number =>
  Math.max(2, Math.min(32, Math.floor(BUDGET / Math.max(1, blocks / 8))));

/** Over how many of the newest intervals churn can be counted, ascending. @param most see {@link MapIntervals} */
export const churnChoices = (most: number, chosen: number): number[] =>
  [...new Set([2, 3, 5, 7, 14, 30, most, Math.min(chosen, most)])]
    .filter((count) => count <= most)
    .sort((a, b) => a - b);
