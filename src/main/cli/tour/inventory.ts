import type { PoolConnection } from '../../engine/xapi';
import { table } from '../terminal/table';
import { formatBytes } from '../terminal/units';
import type { Narrator } from './narrator';

/** Who we are connected to, and the disks with their tracking state. */
export function tellInventory(pool: PoolConnection, narrator: Narrator): void {
  const { poolName, product, hosts, vms, disks, storages, snapshots } = pool.inventory();
  narrator.say(
    `Connected to "${poolName}" (${product}, ${hosts.length} hosts) over HTTPS. Its certificate is pinned: ` +
      `nothing is sent to a server that shows another one.`,
  );
  narrator.fact('SHA-256', pool.fingerprint);
  const rows = vms.flatMap((vm) =>
    vm.diskUuids.flatMap((uuid) => {
      const disk = disks.find((one) => one.uuid === uuid);
      if (!disk) return [];
      const storage = storages.find((one) => one.uuid === disk.storageUuid);
      const state = disk.cbtEnabled ? 'on' : storage?.supportsCbt ? 'off' : 'not possible';
      const count = snapshots.filter(({ diskUuid }) => diskUuid === uuid).length;
      return [
        [`   ${vm.name}`, disk.name, formatBytes(disk.sizeBytes), state, storage?.type ?? '', String(count)],
      ];
    }),
  );
  narrator.picture(table(['   VM', 'disk', '>size', 'tracking', 'storage', '>snapshots'], rows));
}
