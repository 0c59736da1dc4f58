import type { Services } from '../../workbench/services';
import { LogView } from './log-view';

export function registerLog({ registries, commands, jobLog }: Services): void {
  commands.register({
    id: 'log.clear',
    title: 'Clear the Log',
    category: 'Log',
    icon: 'clear-all',
    run: jobLog.clear,
  });
  registries.panelViews.register({
    id: 'log',
    title: 'Log',
    order: 3,
    component: LogView,
    actions: ['log.clear'],
  });
}
