import '@vscode/codicons/dist/codicon.css';
import { createRoot, type Root } from 'react-dom/client';
import { z } from 'zod';
import type { BlockBitmap } from '../../../src/shared/blocks/bitmap';
import type { Bridge } from '../../../src/shared/contract/bridge';
import { settingsSchema, type Settings } from '../../../src/shared/model/settings';
import { registerHeatmap } from '../../../src/renderer/features/heatmap';
import '../../../src/renderer/theme/base.css';
import '../../../src/renderer/ui/ui.css';
import { TipProvider } from '../../../src/renderer/ui/tip';
import { createServices } from '../../../src/renderer/workbench/services';
import { ServicesProvider } from '../../../src/renderer/workbench/use-services';
import '../../../src/renderer/workbench/workbench.css';
import { changedBetween, type StageDiskName } from './disks';
import { stageInventory, snapshotUuid } from './inventory';
import { stageBridge, type Captured } from './bridge';

z.config({ jitless: true });

export interface Scene {
  readonly disk: StageDiskName;
  readonly from?: number;
  readonly to?: number;
  readonly settings?: Partial<Settings>;
}

declare global {
  interface Window {
    readonly deltascope: Bridge;
    stage: {
      /** Shows the changed blocks of a disk; resolves when React has rendered. */
      show(scene: Scene): void;
      readonly captured: Captured;
      emit: ReturnType<typeof stageBridge>['emit'];
      services: ReturnType<typeof createServices>;
    };
  }
}

const { bridge, captured, emit } = stageBridge(window.deltascope);
const services = createServices(bridge, 'linux');
registerHeatmap(services);
services.keyBindings.attach(window);
let root: Root | undefined;
const made = new Map<string, BlockBitmap>();

window.stage = {
  captured,
  emit,
  services,
  show({ disk, from = 0, to = 1, settings = {} }) {
    const chosen = settingsSchema.parse(settings);
    services.settings.replace(chosen);
    services.theme.choose(chosen.theme);
    services.inventory.load('stage', stageInventory());
    const key = `${disk}/${from}/${to}`;
    const bitmap = made.get(key) ?? changedBetween(disk, from, to);
    made.set(key, bitmap);
    const Heatmap = services.registries.slots.heatmap!;
    root?.unmount();
    root = createRoot(document.getElementById('root')!);
    performance.mark('bitmap-arrived');
    root.render(
      <ServicesProvider services={services}>
        <TipProvider>
          <main className="ds-editor stage">
            <div className="ds-page">
              <h1 className="ds-visually-hidden">Heatmap of {disk}</h1>
              <Heatmap
                poolId="stage"
                diskUuid={disk}
                fromUuid={snapshotUuid(disk, from)}
                toUuid={snapshotUuid(disk, to)}
                bitmap={bitmap}
                label={`${disk}, snapshot ${from} to ${to}`}
              />
            </div>
          </main>
        </TipProvider>
      </ServicesProvider>,
    );
  },
};
