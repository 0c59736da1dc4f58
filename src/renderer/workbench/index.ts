import { registerEditorCommands } from './commands/editor-commands';
import { registerViewCommands } from './commands/view-commands';
import { ConfirmDialog } from './dialogs/confirm-dialog';
import { NotificationsStatus } from './notifications/notifications-status';
import { CursorStatus } from './parts/cursor-status';
import { commandProvider, helpProvider } from './quick-input/providers';
import type { Services } from './services';

/** What the workbench itself contributes. Call after the features: views get their commands here. */
export function registerWorkbench(services: Services): void {
  const { registries } = services;
  registerViewCommands(services);
  registerEditorCommands(services);
  registries.quickAccess.register(commandProvider(services), helpProvider(services));
  registries.dialogs.register({ id: 'confirm', component: ConfirmDialog });
  registries.statusEntries.register(
    { id: 'cursor', side: 'right', order: 1, component: CursorStatus },
    { id: 'notifications', side: 'right', order: 9, component: NotificationsStatus },
  );
}
