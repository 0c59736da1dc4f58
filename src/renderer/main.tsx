import '@vscode/codicons/dist/codicon.css';
// Before the features, whose own rules build on these.
import './theme/base.css';
import './ui/ui.css';
import './workbench/workbench.css';
import { createRoot } from 'react-dom/client';
import { z } from 'zod';
import type { Bridge } from '../shared/contract/bridge';
import { contribute } from './contributions';
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
  contribute(services);

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
