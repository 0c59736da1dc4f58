import type { Services } from '../../workbench/services';
import { ConnectDialog } from './connect-dialog';
import { registerLeftoverCommands } from './leftover-commands';
import { registerPoolCommands } from './pool-commands';
import { PoolsStatus } from './pools-status';
import './pools.css';

export function registerPools(services: Services): void {
  registerPoolCommands(services);
  registerLeftoverCommands(services);
  services.registries.dialogs.register({ id: 'connect', component: ConnectDialog });
  services.registries.statusEntries.register({ id: 'pools', side: 'left', order: 1, component: PoolsStatus });
}
