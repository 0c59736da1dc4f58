import { z } from 'zod';
import type { Command } from '../../platform/commands';
import { plural } from '../../platform/format';
import type { Services } from '../../workbench/services';
import type { ActiveMap } from './active-map';
import { heatmapCommand as command, SEVERAL, withIntervals } from './heatmap-command';
import { COMPARE_TITLES, COMPARE_VIEWS, DIFFERENCE_TITLES, DIFFERENCE_VIEWS } from './map-options';
import { churnChoices, intervalName } from './model/intervals';
import { comparedInterval } from './scene/use-scene';

const COMPARING = `${SEVERAL} && heatmap.mode == 'compare'`;
const CHURNING = `${SEVERAL} && heatmap.mode == 'churn'`;
const TOLD_APART = "heatmap.difference && heatmap.mode == 'changes'";

const compareSchema = z.enum(COMPARE_VIEWS);
const differenceSchema = z.enum(DIFFERENCE_VIEWS);

/** Which blocks of which intervals are shown. Each takes what to choose as its argument, and asks without one. */
export function blocksCommands({ quickInput }: Services, active: ActiveMap): Command[] {
  return [
    command('differenceView', 'Choose Touched or Truly Different…', 'filter', TOLD_APART, (argument) => {
      const options = active.current?.options;
      const given = differenceSchema.safeParse(argument);
      if (given.success) options?.setState({ differenceView: given.data });
      else
        quickInput.pick({
          title: 'Blocks to show',
          placeholder: 'Choose which blocks of the interval are shown',
          items: DIFFERENCE_VIEWS.map((differenceView) => ({
            id: differenceView,
            label: DIFFERENCE_TITLES[differenceView],
            run: () => options?.setState({ differenceView }),
          })),
        });
    }),
    command('compareView', 'Choose Which Blocks Are Compared…', 'filter', COMPARING, (argument) =>
      withIntervals(active, (_intervals, _options, set) => {
        const given = compareSchema.safeParse(argument);
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
    command('churnOver', 'Choose How Many Intervals Are Counted…', 'flame', CHURNING, (argument) =>
      withIntervals(active, ({ most }, { churnOver }, set) => {
        const choices = churnChoices(most, churnOver);
        const given = choices.find((count) => count === argument);
        if (given !== undefined) set({ churnOver: given });
        else
          quickInput.pick({
            title: 'Over the last',
            placeholder: 'Choose how many of the newest intervals are counted',
            items: choices.map((count) => ({
              id: String(count),
              label: plural(count, 'interval'),
              ...(count === Math.min(churnOver, most) ? { description: 'counted now' } : {}),
              run: () => set({ churnOver: count }),
            })),
          });
      }),
    ),
  ];
}
