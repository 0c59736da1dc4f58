import type { Command } from '../../platform/commands';
import { formatDateTime } from '../../platform/format';
import type { Services } from '../../workbench/services';
import type { ActiveMap } from './active-map';
import { heatmapCommand as command, SEVERAL, withIntervals } from './heatmap-command';
import { speedTitle, SPEEDS } from './map-options';
import { intervalName } from './model/intervals';
import { prefersStillness } from './scene/use-playback';
import { frameIndex } from './scene/use-scene';

const PLAYING = `${SEVERAL} && heatmap.mode == 'playback'`;

/** Going through the intervals in time. */
export function playbackCommands(
  { diskInterval, notifications, quickInput }: Services,
  active: ActiveMap,
): Command[] {
  const step = (by: 1 | -1) => () =>
    withIntervals(active, ({ all }, { frame }, set) =>
      set({ frame: frameIndex(frameIndex(frame, all) + by, all), playing: false }),
    );
  return [
    command('previousInterval', 'Previous Interval', 'chevron-left', PLAYING, step(-1), ['Alt+ArrowLeft']),
    command('nextInterval', 'Next Interval', 'chevron-right', PLAYING, step(1), ['Alt+ArrowRight']),
    command('goToInterval', 'Go to Interval…', 'history', PLAYING, (argument) =>
      withIntervals(active, ({ all }, { frame }, set) => {
        const go = (to: number): void => set({ frame: frameIndex(to, all), playing: false });
        if (typeof argument === 'number') go(argument);
        else
          quickInput.pick({
            title: 'Go to interval',
            placeholder: 'Choose the interval to show',
            items: all.map((interval, at) => ({
              id: interval.key,
              label: intervalName(interval),
              description: at === frameIndex(frame, all) ? 'shown now' : formatDateTime(interval.takenAt),
              run: () => go(at),
            })),
          });
      }),
    ),
    command(
      'togglePlayback',
      'Play or Pause',
      'play',
      PLAYING,
      () =>
        withIntervals(active, ({ all }, { frame, playing }, set) => {
          const at = frameIndex(frame, all);
          if (!playing && prefersStillness()) {
            notifications.add({
              severity: 'info',
              message: 'Nothing plays by itself, since this system is set to less motion.',
              nextStep: 'Step through the intervals with “Next Interval”.',
            });
          } else set({ playing: !playing, frame: !playing && at >= all.length - 1 ? 0 : at });
        }),
      ['$mod+KeyK Space'],
    ),
    command('playbackSpeed', 'Choose the Speed of the Playback…', 'dashboard', PLAYING, (argument) =>
      withIntervals(active, (_intervals, { speed }, set) => {
        const given = SPEEDS.find((known) => known === argument);
        if (given !== undefined) set({ speed: given });
        else
          quickInput.pick({
            title: 'Speed',
            placeholder: 'Choose how many intervals are shown a second',
            items: SPEEDS.map((one) => ({
              id: String(one),
              label: speedTitle(one),
              ...(one === speed ? { description: 'chosen now' } : {}),
              run: () => set({ speed: one }),
            })),
          });
      }),
    ),
    command('examineInterval', 'Examine This Interval', 'search', PLAYING, () =>
      withIntervals(active, ({ poolId, diskUuid, all }, { frame }, set) => {
        const { fromUuid, toUuid } = all[frameIndex(frame, all)];
        diskInterval.choose(poolId, diskUuid, { fromUuid, toUuid });
        set({ mode: 'changes', playing: false });
      }),
    ),
  ];
}
