import type { Bridge } from '../../shared/contract/bridge';
import { toFailure } from '../../shared/model/failure';
import { CommandRegistry } from '../platform/commands';
import { ContextKeys } from '../platform/context-keys';
import { EngineClient } from '../platform/engine-client';
import { KeyBindings } from '../platform/key-bindings';
import { ThemeService } from '../platform/theme-service';
import { createChangedBlocksStore } from '../stores/changed-blocks';
import { createContextMenuStore } from '../stores/context-menu';
import { createDialogsStore } from '../stores/dialogs';
import { createDiskIntervalStore } from '../stores/disk-interval';
import { createDiskLayoutsStore } from '../stores/disk-layouts';
import { createInventoryStore } from '../stores/inventory';
import { createJobLogStore } from '../stores/job-log';
import { createJobsStore } from '../stores/jobs';
import { createLayoutStore } from '../stores/layout';
import { createLibraryStore } from '../stores/library';
import { createLibraryOperationsStore } from '../stores/library-operations';
import { createNotificationsStore } from '../stores/notifications';
import { createPoolsStore } from '../stores/pools';
import { createProblemsStore } from '../stores/problems';
import { createQuickInputStore } from '../stores/quick-input';
import { createSelectionStore } from '../stores/selection';
import { createSettingsStore } from '../stores/settings';
import { createStoredBlocksStore } from '../stores/stored-blocks';
import { createTrackingChangesStore } from '../stores/tracking-changes';
import { createTreeFocusStore } from '../stores/tree-focus';
import { DockviewEditorGroups } from './editors/dockview-groups';
import { createRegistries } from './registries';

const isModal = (): boolean =>
  document.querySelector('[role=dialog][data-state=open], [role=alertdialog][data-state=open]') !== null;

/** Everything that the parts and features of the window share. Built once, by the composition root. */
export function createServices(bridge: Bridge, platform: string) {
  const notifications = createNotificationsStore();
  const contextKeys = new ContextKeys();
  const commands = new CommandRegistry(contextKeys, (error) => notifications.failure(toFailure(error)));
  const engine = new EngineClient(bridge, notifications.failure);
  const layout = createLayoutStore();
  return {
    /** `linux`, `darwin` or `win32`: decides how keys are written. */
    platform,
    engine,
    contextKeys,
    commands,
    keyBindings: new KeyBindings(commands, { isModal }),
    theme: new ThemeService(document.documentElement, (query) => window.matchMedia(query)),
    editors: new DockviewEditorGroups(layout),
    registries: createRegistries(),
    notifications,
    layout,
    pools: createPoolsStore(),
    inventory: createInventoryStore(),
    jobs: createJobsStore(),
    jobLog: createJobLogStore(),
    settings: createSettingsStore(),
    problems: createProblemsStore(),
    selection: createSelectionStore(),
    library: createLibraryStore(),
    libraryOperations: createLibraryOperationsStore(),
    changedBlocks: createChangedBlocksStore((interval) => engine.request('blocks.changed', { ...interval })),
    diskLayouts: createDiskLayoutsStore((source) => engine.request('disk.layout', { ...source })),
    storedBlocks: createStoredBlocksStore((manifestPath) =>
      engine.request('library.storedBlocks', { manifestPath }),
    ),
    quickInput: createQuickInputStore(),
    contextMenu: createContextMenuStore(),
    dialogs: createDialogsStore(),
    diskInterval: createDiskIntervalStore(),
    trackingChanges: createTrackingChangesStore(),
    treeFocus: createTreeFocusStore(),
  };
}
export type Services = ReturnType<typeof createServices>;
