import { createElement } from 'react';
import type { Services } from '../../workbench/services';
import { ActiveMap } from './active-map';
import { registerHeatmapCommands } from './commands';
import { HeatmapView } from './HeatmapView';
import { JobMapView } from './JobMapView';

/** Fills the places for maps of changed blocks and of jobs, and adds their commands. */
export function registerHeatmap(services: Services): void {
  const active = new ActiveMap(services.contextKeys);
  registerHeatmapCommands(services, active);
  services.registries.slots.heatmap = (props) => createElement(HeatmapView, { ...props, active });
  services.registries.slots.jobMap = (props) => createElement(JobMapView, { ...props, active });
}
