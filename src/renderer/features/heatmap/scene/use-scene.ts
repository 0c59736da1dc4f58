import { useEffect, useMemo } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Failure } from '../../../../shared/model/failure';
import { intervalKey } from '../../../stores/changed-blocks';
import { useServices } from '../../../workbench/use-services';
import type { LayerStore } from '../layer-store';
import type { MapOptions } from '../map-options';
import { mostIntervals, type NamedInterval } from '../model/intervals';
import {
  changesScene,
  churnScene,
  compareScene,
  differenceScene,
  frameScene,
  type LoadedInterval,
  type Scene,
  type StoredLayer,
} from './scene';

export type SceneState =
  | { readonly state: 'ready'; readonly scene: Scene }
  | { readonly state: 'loading'; readonly missing: number }
  | { readonly state: 'failed'; readonly failure: Failure; readonly retry: () => void };

/** Intervals before the current one that the playback leaves as a trail. */
const TRAIL = 3;

/** The intervals that the chosen mode shows, oldest first. */
export function neededIntervals(
  options: Pick<MapOptions, 'mode' | 'compareWith' | 'churnOver' | 'frame'>,
  intervals: readonly NamedInterval[],
  current: NamedInterval,
  blocks: number,
): readonly NamedInterval[] {
  switch (options.mode) {
    case 'changes':
      return [];
    case 'compare': {
      const other = comparedInterval(options.compareWith, intervals, current);
      return other === undefined ? [] : [other];
    }
    case 'churn':
      return intervals.slice(-Math.min(options.churnOver, mostIntervals(blocks)));
    case 'playback': {
      const frame = frameIndex(options.frame, intervals);
      return intervals.slice(Math.max(0, frame - TRAIL), frame + 1);
    }
  }
}

/** The interval to compare with: the chosen one, else the one before, else any other. */
export function comparedInterval(
  key: string | undefined,
  intervals: readonly NamedInterval[],
  current: NamedInterval,
): NamedInterval | undefined {
  const others = intervals.filter((interval) => interval.key !== current.key);
  const chosen = others.find((interval) => interval.key === key);
  if (chosen !== undefined) return chosen;
  const before = others.filter(({ takenAt }) => takenAt < current.takenAt);
  return before.at(-1) ?? others[0];
}

export const frameIndex = (frame: number | undefined, intervals: readonly NamedInterval[]): number =>
  Math.max(0, Math.min(frame ?? Infinity, intervals.length - 1));

/** What to draw for the options. Asks for the bitmaps that are missing. */
export function useScene(
  layers: LayerStore,
  poolId: string,
  current: LoadedInterval,
  intervals: readonly NamedInterval[],
  options: MapOptions,
  stored: StoredLayer | undefined,
): SceneState {
  const { changedBlocks } = useServices();
  const needed = neededIntervals(options, intervals, current.interval, current.bitmap.blocks).filter(
    ({ key }) => key !== current.interval.key,
  );
  const wanted = needed.map(({ key }) => key).join(' ');
  const entries = useStore(
    changedBlocks,
    useShallow((state) =>
      needed.map(({ fromUuid, toUuid }) => state.intervals.get(intervalKey({ poolId, fromUuid, toUuid }))),
    ),
  );
  useEffect(() => {
    for (const { fromUuid, toUuid } of needed) void changedBlocks.want({ poolId, fromUuid, toUuid });
    // Asked for again when another interval is wanted or one was let go of.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [changedBlocks, poolId, wanted, entries]);

  const { mode, compareWith, compareView, differenceView, churnOver, frame } = options;
  return useMemo((): SceneState => {
    const failedAt = entries.findIndex((entry) => entry?.state === 'failed');
    const failed = entries[failedAt];
    if (failed?.state === 'failed') {
      const { fromUuid, toUuid } = needed[failedAt];
      const retry = () => void changedBlocks.want({ poolId, fromUuid, toUuid }, true);
      return { state: 'failed', failure: failed.failure, retry };
    }
    const missing = entries.filter((entry) => entry?.state !== 'known').length;
    if (missing > 0) return { state: 'loading', missing };
    const loaded = new Map([[current.interval.key, current]]);
    entries.forEach((entry, at) => {
      if (entry?.state === 'known')
        loaded.set(needed[at].key, { interval: needed[at], bitmap: entry.bitmap });
    });
    const all = neededIntervals(
      { mode, compareWith, churnOver, frame },
      intervals,
      current.interval,
      current.bitmap.blocks,
    ).flatMap(({ key }) => loaded.get(key) ?? []);
    const scene =
      mode === 'compare' && all.length > 0
        ? compareScene(layers, current, all[0], compareView)
        : mode === 'churn' && all.length > 0
          ? churnScene(layers, all)
          : mode === 'playback' && all.length > 0
            ? frameScene(
                layers,
                all,
                Math.max(current.bitmap.sizeBytes, ...all.map(({ bitmap }) => bitmap.sizeBytes)),
              )
            : mode === 'changes' && stored !== undefined
              ? differenceScene(layers, current, stored, differenceView)
              : changesScene(layers, current);
    return { state: 'ready', scene };
    // `needed` follows from the rest.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [
    changedBlocks,
    poolId,
    layers,
    current,
    intervals,
    entries,
    mode,
    compareWith,
    compareView,
    differenceView,
    stored,
    churnOver,
    frame,
  ]);
}
