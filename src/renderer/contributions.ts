import { registerDisk } from './features/disk';
import { registerExport } from './features/export';
import { registerHeatmap } from './features/heatmap';
import { registerHelp } from './features/help';
import { registerInventory } from './features/inventory';
import { registerJobs } from './features/jobs';
import { registerLibrary } from './features/library';
import { registerLog } from './features/log';
import { registerPools } from './features/pools';
import { registerProblems } from './features/problems';
import { registerSettings } from './features/settings';
import { registerVm } from './features/vm';
import { registerWelcome } from './features/welcome';
import { registerWorkbench } from './workbench';
import type { Services } from './workbench/services';

const FEATURES = [
  registerPools,
  registerInventory,
  registerDisk,
  registerHeatmap,
  registerVm,
  registerExport,
  registerLibrary,
  registerJobs,
  registerProblems,
  registerLog,
  registerSettings,
  registerWelcome,
  registerHelp,
];

/** Lets every feature, then the workbench itself, put what it has into the registries. */
export function contribute(services: Services): void {
  for (const register of FEATURES) register(services);
  registerWorkbench(services);
}
