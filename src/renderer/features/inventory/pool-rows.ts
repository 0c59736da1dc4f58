import type { Disk, Pool, Snapshot, Vm } from '../../../shared/model/inventory';
import { diskRef, poolRef, snapshotRef, vmRef, type ObjectRef } from '../../platform/object-ref';
import type { PoolInventory } from '../../stores/pool-inventory';
import type { TreeRow } from '../../ui/tree/tree-model';

export type PoolsRowKind = 'pool' | 'vm' | 'disk' | 'snapshot' | 'loose' | 'message';

export interface PoolsRow extends TreeRow {
  readonly kind: PoolsRowKind;
  readonly poolId: string;
  /** Undefined for a heading or a message. */
  readonly ref: ObjectRef | undefined;
}

interface Add {
  (row: Omit<PoolsRow, 'expanded'>, children?: () => void): void;
  /** A row that is complete. */
  readonly done: (row: PoolsRow) => void;
}

/** The visible rows of the Pools tree, top to bottom: pool, VM, disk, snapshots. */
export function poolsRows(
  pools: readonly Pool[],
  inventories: ReadonlyMap<string, PoolInventory>,
  expanded: ReadonlySet<string>,
): PoolsRow[] {
  const rows: PoolsRow[] = [];
  const add: Add = Object.assign(
    (row: Omit<PoolsRow, 'expanded'>, children?: () => void): void => {
      const open = row.expandable && expanded.has(row.id);
      rows.push({ ...row, expanded: open });
      if (open) children?.();
    },
    { done: (row: PoolsRow): void => void rows.push(row) },
  );
  pools.forEach((pool, index) => {
    const place = { position: index + 1, siblings: pools.length };
    const inventory = inventories.get(pool.id);
    const id = `pool:${pool.id}`;
    const row = {
      id,
      kind: 'pool' as const,
      level: 1,
      label: pool.name || pool.url,
      poolId: pool.id,
      ...place,
    };
    add({ ...row, ref: poolRef(pool.id), expandable: inventory !== undefined }, () => {
      if (inventory !== undefined) addPool(add, pool.id, inventory);
    });
  });
  return rows;
}

function addPool(add: Add, poolId: string, inventory: PoolInventory): void {
  const { vmOrder, looseDisks } = inventory;
  const siblings = vmOrder.size + (looseDisks.size > 0 ? 1 : 0);
  if (siblings === 0) {
    const place = { position: 1, siblings: 1, level: 2, expandable: false };
    add({ id: `empty:${poolId}`, kind: 'message', label: 'No VMs', poolId, ref: undefined, ...place });
  }
  vmOrder.ids.forEach((uuid, index) => {
    const vm = inventory.vms.get(uuid)!;
    addVm(add, poolId, inventory, vm, { position: index + 1, siblings });
  });
  if (looseDisks.size === 0) return;
  const id = `loose:${poolId}`;
  const heading = {
    id,
    kind: 'loose' as const,
    level: 2,
    label: 'Disks without a VM',
    poolId,
    ref: undefined,
  };
  add({ ...heading, position: siblings, siblings, expandable: true }, () => {
    looseDisks.ids.forEach((uuid, index) => {
      const disk = inventory.disks.get(uuid)!;
      addDisk(add, poolId, inventory, disk, id, { position: index + 1, siblings: looseDisks.size });
    });
  });
}

interface Place {
  readonly position: number;
  readonly siblings: number;
}

function addVm(add: Add, poolId: string, inventory: PoolInventory, vm: Vm, place: Place): void {
  const id = `vm:${poolId}/${vm.uuid}`;
  const row = {
    id,
    kind: 'vm' as const,
    level: 2,
    label: vm.name,
    poolId,
    ref: vmRef(poolId, vm.uuid),
    ...place,
  };
  add({ ...row, expandable: vm.diskUuids.length > 0 }, () => {
    const disks = inventory.disksOf(vm);
    disks.forEach((disk, index) =>
      addDisk(add, poolId, inventory, disk, vm.uuid, { position: index + 1, siblings: disks.length }),
    );
  });
}

function addDisk(
  add: Add,
  poolId: string,
  inventory: PoolInventory,
  disk: Disk,
  under: string,
  place: Place,
): void {
  // A disk that two VMs share stands under both.
  const id = `disk:${poolId}/${under}/${disk.uuid}`;
  const row = {
    id,
    kind: 'disk' as const,
    level: 3,
    label: disk.name,
    poolId,
    ref: diskRef(poolId, disk.uuid),
    ...place,
  };
  add({ ...row, expandable: disk.snapshotUuids.length > 0 }, () => {
    snapshotRows(id, poolId, under, inventory.snapshotsOf(disk)).forEach(add.done);
  });
}

interface KnownRows {
  readonly id: string;
  readonly snapshots: readonly Snapshot[];
  readonly rows: readonly PoolsRow[];
}
/** Of the oldest snapshot of each open disk: an inventory holds many more snapshots than anything else. */
const knownRows = new WeakMap<Snapshot, KnownRows>();

/** The rows of a disk's snapshots, newest first; the same ones as last time while the snapshots are. */
function snapshotRows(
  id: string,
  poolId: string,
  under: string,
  snapshots: readonly Snapshot[],
): readonly PoolsRow[] {
  const [oldest] = snapshots;
  if (oldest === undefined) return [];
  const known = knownRows.get(oldest);
  if (
    known?.id === id &&
    known.snapshots.length === snapshots.length &&
    known.snapshots.every((snapshot, index) => snapshot === snapshots[index])
  )
    return known.rows;
  const rows = snapshots.toReversed().map((snapshot, index): PoolsRow => ({
    id: `snapshot:${poolId}/${under}/${snapshot.uuid}`,
    kind: 'snapshot',
    level: 4,
    label: snapshot.name,
    poolId,
    ref: snapshotRef(poolId, snapshot.uuid),
    expandable: false,
    expanded: false,
    position: index + 1,
    siblings: snapshots.length,
  }));
  knownRows.set(oldest, { id, snapshots, rows });
  return rows;
}
