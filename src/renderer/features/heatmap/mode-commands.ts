import type { Command } from '../../platform/commands';
import type { Services } from '../../workbench/services';
import type { ActiveMap } from './active-map';
import { blocksCommands } from './blocks-commands';
import { heatmapCommand as command, SEVERAL } from './heatmap-command';
import type { MapOptions, Mode } from './map-options';
import { playbackCommands } from './playback-commands';

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
    ...blocksCommands(services, active),
    ...playbackCommands(services, active),
  ];
}
