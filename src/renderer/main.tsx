import '@vscode/codicons/dist/codicon.css';
import { createRoot } from 'react-dom/client';
import { z } from 'zod';
import type { Bridge } from '../shared/contract/bridge';
import { registerDisk } from './features/disk';
import { registerExport } from './features/export';
import { HeatmapView } from './features/heatmap';
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
import './theme/base.css';
import './ui/ui.css';
import { registerWorkbench } from './workbench';
import { createServices } from './workbench/services';
import { ServicesProvider } from './workbench/use-services';
import { loadState, wireContext, wireEngine, wireLayout } from './workbench/wiring';
import { Workbench } from './workbench/workbench';

declare global {
  interface Window {
    readonly deltascope: Bridge;
  }
}

// The page's policy forbids code made from strings, which zod would otherwise try.
z.config({ jitless: true });

const platformOf = (agent: string): string =>
  agent.includes('Macintosh') ? 'darwin' : agent.includes('Windows') ? 'win32' : 'linux';

/** The composition root of the window: builds the services, lets features contribute, shows the workbench. */
async function start(): Promise<void> {
  const services = createServices(window.deltascope, platformOf(navigator.userAgent));
  const features = [
    registerPools,
    registerInventory,
    registerDisk,
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
  for (const register of features) register(services);
  services.registries.slots.heatmap = HeatmapView;
  registerWorkbench(services);

  wireContext(services);
  await wireLayout(services);
  wireEngine(services);
  services.keyBindings.attach(window);
  createRoot(document.getElementById('root')!).render(
    <ServicesProvider services={services}>
      <Workbench />
    </ServicesProvider>,
  );
  await loadState(services);
}

void start();
