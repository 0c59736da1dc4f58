import { instant, type PoolConnection } from '../xapi';
import { ask, reference } from './calls';

/** By its coordinator's clock, in milliseconds since 1970; 0 when that is not known. */
export async function poolTime(connection: PoolConnection): Promise<number> {
  const coordinator = connection.inventory().hosts.find(({ isMaster }) => isMaster);
  if (!coordinator) return 0;
  const ref = await reference(connection, 'host', coordinator.uuid);
  return Date.parse(await ask(connection, instant, 'host.get_servertime', ref));
}
