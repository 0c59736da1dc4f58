import type { Services } from '../../workbench/services';
import { goToProvider } from './go-to';
import { registerLinkCommands } from './link-commands';
import { registerObjectCommands } from './object-commands';
import { PoolsView } from './pools-view';

export function registerInventory(services: Services): void {
  const { registries } = services;
  registerObjectCommands(services);
  registerLinkCommands(services);
  registries.quickAccess.register(goToProvider(services));
  registries.views.register({
    id: 'pools',
    title: 'Pools',
    icon: 'server-environment',
    order: 1,
    component: PoolsView,
    actions: ['pool.connect', 'pool.openDemo', 'pools.collapseAll'],
  });
}
