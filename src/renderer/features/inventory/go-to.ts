import fuzzysort, { type SnapshotKey } from 'fuzzysort';
import { formatBytes } from '../../platform/format';
import { diskRef, vmRef, type ObjectRef } from '../../platform/object-ref';
import type { QuickItem } from '../../stores/quick-input';
import type { QuickAccessProvider } from '../../workbench/registries';
import type { Services } from '../../workbench/services';

interface Target {
  readonly name: string;
  readonly icon: string;
  readonly description: string;
  readonly ref: ObjectRef;
}

const LIMIT = 100;

interface Known {
  readonly key: string;
  readonly list: readonly Target[];
  /** Made with the first letter, so that the box opens without waiting for it. */
  snapshot?: SnapshotKey<Target>;
}

/** Every VM and disk of every connected pool, by name; prepared once per change of structure. */
export function goToProvider({ inventory, pools, commands }: Services): QuickAccessProvider {
  let known: Known = { key: '', list: [] };

  const targets = (): Known => {
    const { byPool } = inventory.getState();
    const key = [...byPool].map(([id, pool]) => `${id}/${pool.structureRevision}`).join();
    if (key === known.key) return known;
    const found: Target[] = [];
    for (const [poolId, pool] of byPool) {
      const where = pools.byId(poolId)?.name ?? pool.poolName;
      for (const uuid of pool.vmOrder.ids) {
        const vm = pool.vms.get(uuid)!;
        found.push({ name: vm.name, icon: 'vm', description: where, ref: vmRef(poolId, uuid) });
      }
      for (const disk of pool.disks.values()) {
        const owner = pool.vmOf(disk)?.name ?? 'no VM';
        const description = `${owner} · ${formatBytes(disk.sizeBytes)} · ${where}`;
        found.push({ name: disk.name, icon: 'database', description, ref: diskRef(poolId, disk.uuid) });
      }
    }
    known = { key, list: found };
    return known;
  };
  const toItem = ({ name, icon, description, ref }: Target, matches?: readonly number[]): QuickItem => ({
    id: `${ref.kind}:${ref.poolId}/${ref.uuid}`,
    label: name,
    icon,
    description,
    ...(matches === undefined ? {} : { matches }),
    run: () => void commands.run('object.open', ref),
  });

  return {
    id: '',
    title: 'Go to a VM or a disk',
    placeholder: 'Type the name of a VM or a disk (> for commands, ? for help)',
    emptyText: 'No VM or disk matches. Type > to run a command.',
    items: (query) => {
      const wanted = query.trim();
      const all = targets();
      if (wanted === '') return all.list.slice(0, LIMIT).map((target) => toItem(target));
      all.snapshot ??= fuzzysort.snapshot(all.list, { key: 'name' });
      return fuzzysort
        .go(wanted, all.snapshot, { limit: LIMIT, threshold: 0.3 })
        .map(({ obj, indexes }) => toItem(obj, [...indexes]));
    },
  };
}
