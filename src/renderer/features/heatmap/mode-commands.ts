import { z } from 'zod';
import type { Command } from '../../platform/commands';
import type { Services } from '../../workbench/services';
import type { ActiveMap } from './active-map';
import { heatmapCommand as command } from './heatmap-command';
import { COMPARE_TITLES, COMPARE_VIEWS, type MapOptions, type Mode } from './map-options';
import { intervalName, type MapIntervals } from './model/intervals';
import { prefersStillness } from './scene/use-playback';
import { comparedInterval, frameIndex } from './scene/use-scene';

const SEVERAL = 'heatmap.intervals';
const COMPARING = `${SEVERAL} && heatmap.mode == 'compare'`;
const PLAYING = `${SEVERAL} && heatmap.mode == 'playback'`;

/** What the map shows, and what is laid over it. */
export function modeCommands(services: Services, active: ActiveMap): Command[] {
  const set = (change: Partial<MapOptions>): void => active.current?.options.setState(change);
  const mode = (to: Mode) => () => set({ mode: to, playing: false });
  const toggle = (layer: 'boost' | 'outlines' | 'job') => () =>
    active.current?.options.setState((options) => ({ [layer]: !options[layer] }));
  return [
    command('changes', 'Show One Interval', 'diff', SEVERAL, mode('changes')),
    command('compare', 'Compare Two Intervals', 'compare-changes', SEVERAL, mode('compare')),
    command('churn', 'Show Churn over Intervals', 'flame', SEVERAL, mode('churn')),
    command('playback', 'Play the Timeline', 'play', SEVERAL, mode('playback')),
    command(
      'boost',
      'Show Every Change in the Strongest Colour',
      'lightbulb',
      'heatmap.shown',
      toggle('boost'),
    ),
    command('outlines', 'Outline Partitions on the Map', 'list-tree', 'heatmap.regions', toggle('outlines')),
    command('job', 'Show What the Export Does', 'pulse', 'heatmap.job', toggle('job')),
    ...compareCommands(services, active),
    ...playbackCommands(services, active),
  ];
}

type Act = (intervals: MapIntervals, options: MapOptions, set: (change: Partial<MapOptions>) => void) => void;

const withIntervals = (active: ActiveMap, act: Act): void => {
  const map = active.current;
  const intervals = map?.shown()?.intervals;
  if (map !== undefined && intervals !== undefined)
    act(intervals, map.options.getState(), (change) => map.options.setState(change));
};

/** Both take what to choose as their argument, and ask without one. */
function compareCommands({ quickInput }: Services, active: ActiveMap): Command[] {
  const viewSchema = z.enum(COMPARE_VIEWS);
  return [
    command('compareView', 'Choose Which Blocks Are Compared…', 'filter', COMPARING, (argument) =>
      withIntervals(active, (_intervals, _options, set) => {
        const given = viewSchema.safeParse(argument);
        if (given.success) set({ compareView: given.data });
        else
          quickInput.pick({
            title: 'Blocks to show',
            placeholder: 'Choose which blocks of the two intervals are shown',
            items: COMPARE_VIEWS.map((compareView) => ({
              id: compareView,
              label: COMPARE_TITLES[compareView],
              run: () => set({ compareView }),
            })),
          });
      }),
    ),
    command('compareWith', 'Choose the Interval to Compare With…', 'compare-changes', COMPARING, (argument) =>
      withIntervals(active, ({ all, current }, { compareWith }, set) => {
        const others = all.filter(({ key }) => key !== current.key);
        const given = others.find(({ key }) => key === argument);
        if (given !== undefined) set({ compareWith: given.key });
        else
          quickInput.pick({
            title: `Compare ${intervalName(current)} with`,
            placeholder: 'Choose an interval',
            items: others.map((interval) => ({
              id: interval.key,
              label: intervalName(interval),
              ...(comparedInterval(compareWith, all, current) === interval
                ? { description: 'compared with now' }
                : {}),
              run: () => set({ compareWith: interval.key }),
            })),
          });
      }),
    ),
  ];
}

function playbackCommands({ diskInterval, notifications }: Services, active: ActiveMap): Command[] {
  const step = (by: 1 | -1) => () =>
    withIntervals(active, ({ all }, { frame }, set) =>
      set({ frame: frameIndex(frameIndex(frame, all) + by, all), playing: false }),
    );
  return [
    command('previousInterval', 'Previous Interval', 'chevron-left', PLAYING, step(-1)),
    command('nextInterval', 'Next Interval', 'chevron-right', PLAYING, step(1)),
    command('togglePlayback', 'Play or Pause', 'play', PLAYING, () =>
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
