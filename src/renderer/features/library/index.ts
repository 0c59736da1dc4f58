import type { Services } from '../../workbench/services';
import { ChainEditor } from './chain-editor';
import { registerExportCommands } from './export-commands';
import { ExportsView } from './exports-view';
import { registerFolderCommands } from './folder-commands';
import { followOperations } from './follow-operations';
import { wireLibraryContext } from './library-context';
import { LibraryStatus, ServingStatus } from './library-status';
import { registerOperationCommands } from './operation-commands';
import { RestoreDialog } from './restore-dialog';
import './library.css';

export function registerLibrary(services: Services): void {
  const { registries } = services;
  registerFolderCommands(services);
  registerExportCommands(services);
  registerOperationCommands(services);
  followOperations(services);
  wireLibraryContext(services);
  registries.views.register({
    id: 'exports',
    title: 'Exports',
    icon: 'archive',
    order: 2,
    component: ExportsView,
    actions: ['library.addFolder', 'library.refresh'],
  });
  registries.editors.register({
    id: 'chain',
    component: ChainEditor,
    useTab: ({ name = '' }) => ({ title: name || 'Exports', icon: 'archive' }),
  });
  registries.dialogs.register({ id: 'restore', component: RestoreDialog });
  registries.statusEntries.register(
    { id: 'library', side: 'left', order: 3, component: LibraryStatus },
    { id: 'serving', side: 'left', order: 4, component: ServingStatus },
  );
}
