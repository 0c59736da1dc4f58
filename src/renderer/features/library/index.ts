import type { Services } from '../../workbench/services';
import { ChainEditor } from './chain-editor';
import { ExportsView } from './exports-view';
import { registerLibraryCommands } from './library-commands';
import './library.css';

export function registerLibrary(services: Services): void {
  const { registries } = services;
  registerLibraryCommands(services);
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
}
