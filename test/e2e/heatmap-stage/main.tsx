import '@vscode/codicons/dist/codicon.css';
import { createRoot, type Root } from 'react-dom/client';
import { z } from 'zod';
import { BlockBitmap } from '../../../src/shared/blocks/bitmap';
import { combine } from '../../../src/shared/blocks/layers';
import type { Bridge } from '../../../src/shared/contract/bridge';
import type { JobMap } from '../../../src/shared/model/job-map';
import { ok } from '../../../src/shared/model/result';
import { settingsSchema, type Settings } from '../../../src/shared/model/settings';
import { ChangeNumbers } from '../../../src/renderer/features/disk/change-numbers';
import { registerHeatmap } from '../../../src/renderer/features/heatmap';
import '../../../src/renderer/theme/base.css';
import '../../../src/renderer/ui/ui.css';
import { TipProvider } from '../../../src/renderer/ui/tip';
import { createServices } from '../../../src/renderer/workbench/services';
import { ServicesProvider } from '../../../src/renderer/workbench/use-services';
import { useTrueDifference } from '../../../src/renderer/workbench/use-true-difference';
import '../../../src/renderer/workbench/workbench.css';
import { changedBetween, type StageDiskName } from './disks';
import { stageExport, stageInventory, stageJob, snapshotUuid } from './inventory';
import { stageBridge, type Captured } from './bridge';

z.config({ jitless: true });

export interface Scene {
  readonly disk: StageDiskName;
  readonly from?: number;
  readonly to?: number;
  readonly settings?: Partial<Settings>;
  /** With the numbers beside it, as in the disk editor. */
  readonly numbers?: boolean;
}

declare global {
  interface Window {
    readonly deltascope: Bridge;
    stage: {
      /** Makes a disk's bitmap, so that showing it measures nothing but that. */
      prepare(disk: StageDiskName): void;
      show(scene: Scene): void;
      /** What was shown last. */
      bitmap: BlockBitmap;
      readonly captured: Captured;
      /** Says what the main process says. */
      emit: ReturnType<typeof stageBridge>['emit'];
      /** Lets a job copy a disk; its map answers `jobs.map`. */
      startJob(jobId: string, disk: StageDiskName, map: JobMap): void;
      /** Lets an export of an interval be known that stores these blocks, having compared what changed with its base. */
      exported(disk: StageDiskName, from: number, to: number, stored: BlockBitmap['bytes']): void;
    };
  }
}

const { bridge, captured, emit, answers } = stageBridge(window.deltascope);
const services = createServices(bridge, 'linux');
registerHeatmap(services);
services.keyBindings.attach(window);
let root: Root | undefined;
const made = new Map<string, BlockBitmap>();

function bitmapOf(disk: StageDiskName, from: number, to: number): BlockBitmap {
  const key = `${disk}/${from}/${to}`;
  const bitmap = made.get(key) ?? changedBetween(disk, from, to);
  made.set(key, bitmap);
  return bitmap;
}

/** As the disk editor puts them beside the map. */
function Numbers(props: { disk: string; from: string; to: string; bitmap: BlockBitmap }) {
  const { disk, from, to, bitmap } = props;
  const stored = useTrueDifference(disk, from, to)?.stored;
  return <ChangeNumbers bitmap={bitmap} stored={stored?.state === 'known' ? stored.bitmap : undefined} />;
}

window.stage = {
  captured,
  emit,
  startJob(jobId, diskUuid, map) {
    answers['jobs.map'] = () => ok(map);
    services.jobs.put(stageJob(jobId, diskUuid));
  },
  exported(disk, from, to, stored) {
    const touched = bitmapOf(disk, from, to);
    const { sizeBytes } = touched;
    const equal = combine('only-a', touched, new BlockBitmap(stored, sizeBytes)).changedBytes();
    const entry = stageExport(disk, from, to, sizeBytes, equal);
    answers['library.storedBlocks'] = () => ok({ sizeBytes, bitmap: stored });
    const disks = [{ diskUuid: disk, diskName: disk, folder: '/exports', entries: [entry] }];
    services.library.putScan('/exports', { state: 'scanned', disks, problems: [] });
  },
  bitmap: bitmapOf('one', 0, 1),
  prepare: (disk) => void bitmapOf(disk, 0, 1),
  show({ disk, from = 0, to = 1, settings = {}, numbers = false }) {
    const chosen = settingsSchema.parse(settings);
    services.settings.replace(chosen);
    services.theme.choose(chosen.theme);
    // Whatever an earlier scene did is over.
    services.library.dropScan('/exports');
    for (const id of services.jobs.getState().order) services.jobs.remove(id);
    services.inventory.load('stage', stageInventory());
    const bitmap = bitmapOf(disk, from, to);
    window.stage.bitmap = bitmap;
    const Heatmap = services.registries.slots.heatmap!;
    root?.unmount();
    root = createRoot(document.getElementById('root')!);
    performance.mark('bitmap-arrived');
    // As the store does with what the pool answers.
    bitmap.changedBytes();
    root.render(
      <ServicesProvider services={services}>
        <TipProvider>
          <main className="ds-editor stage">
            <div className="ds-page">
              <h1 className="ds-visually-hidden">Heatmap of {disk}</h1>
              {numbers && (
                <Numbers
                  disk={disk}
                  from={snapshotUuid(disk, from)}
                  to={snapshotUuid(disk, to)}
                  bitmap={bitmap}
                />
              )}
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
