import { useEffect, useSyncExternalStore } from 'react';
import type { MapOptions, MapOptionsStore } from '../map-options';
import { frameIndex } from './use-scene';
import type { NamedInterval } from '../model/intervals';

const query = '(prefers-reduced-motion: reduce)';
const subscribe = (listener: () => void) => {
  const media = window.matchMedia(query);
  media.addEventListener('change', listener);
  return () => media.removeEventListener('change', listener);
};

/** The system asks for less motion. */
export const prefersStillness = (): boolean => window.matchMedia(query).matches;
export const useReducedMotion = (): boolean => useSyncExternalStore(subscribe, prefersStillness);

/** Steps through the intervals while playing; waits for those not there yet; stops at the newest. */
export function usePlayback(
  store: MapOptionsStore,
  { mode, playing, speed, frame }: MapOptions,
  intervals: readonly NamedInterval[],
  ready: boolean,
): void {
  const current = frameIndex(frame, intervals);
  const last = intervals.length - 1;
  useEffect(() => {
    if (mode !== 'playback' || !playing || !ready) return undefined;
    const timer = setTimeout(() => {
      if (current >= last) store.setState({ playing: false });
      else store.setState({ frame: current + 1, playing: current + 1 < last });
    }, 1000 / speed);
    return () => clearTimeout(timer);
  }, [store, mode, playing, ready, speed, current, last]);
}
