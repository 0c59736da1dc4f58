import type {
  Disk,
  Host,
  Inventory,
  InventoryPatch,
  NbdAccess,
  Snapshot,
  Storage,
  Vm,
} from '../../shared/model/inventory';
import { SortedIds } from './sorted-ids';

export type InventoryObject =
  | { readonly kind: 'vm'; readonly object: Vm }
  | { readonly kind: 'disk'; readonly object: Disk }
  | { readonly kind: 'snapshot'; readonly object: Snapshot }
  | { readonly kind: 'storage'; readonly object: Storage }
  | { readonly kind: 'host'; readonly object: Host };

/**
 * One pool's objects by uuid. Mutable on purpose: a patch costs what it changes, whatever the pool's size. Objects are
 * replaced, never changed, so that identity tells whether one differs.
 */
export class PoolInventory {
  readonly poolUuid: string;
  readonly poolName: string;
  readonly product: string;
  nbdAccess: NbdAccess;
  readonly hosts = new Map<string, Host>();
  readonly storages = new Map<string, Storage>();
  readonly vms = new Map<string, Vm>();
  readonly disks = new Map<string, Disk>();
  readonly snapshots = new Map<string, Snapshot>();
  readonly vmOrder = new SortedIds();
  /** Disks that belong to no VM. */
  readonly looseDisks = new SortedIds();
  /** Rises when an object of the tree comes, goes or moves; not when one merely changes. */
  structureRevision = 0;

  constructor(inventory: Inventory) {
    this.poolUuid = inventory.poolUuid;
    this.poolName = inventory.poolName;
    this.product = inventory.product;
    this.nbdAccess = inventory.nbdAccess;
    for (const host of inventory.hosts) this.hosts.set(host.uuid, host);
    for (const storage of inventory.storages) this.storages.set(storage.uuid, storage);
    for (const vm of inventory.vms) this.vms.set(vm.uuid, vm);
    for (const disk of inventory.disks) this.disks.set(disk.uuid, disk);
    for (const snapshot of inventory.snapshots) this.snapshots.set(snapshot.uuid, snapshot);
    this.vmOrder.replace(inventory.vms.map(({ uuid, name }) => [uuid, name] as const));
    this.looseDisks.replace(inventory.disks.filter(isLoose).map(({ uuid, name }) => [uuid, name] as const));
  }

  apply(patch: InventoryPatch): void {
    if (patch.nbdAccess !== undefined) this.nbdAccess = patch.nbdAccess;
    for (const host of patch.hosts) this.hosts.set(host.uuid, host);
    for (const storage of patch.storages) this.storages.set(storage.uuid, storage);
    let moved = false;
    for (const vm of patch.vms) moved = this.#putVm(vm) || moved;
    for (const disk of patch.disks) moved = this.#putDisk(disk) || moved;
    for (const snapshot of patch.snapshots) {
      moved ||= !this.snapshots.has(snapshot.uuid);
      this.snapshots.set(snapshot.uuid, snapshot);
    }
    for (const uuid of patch.removed) moved = this.#remove(uuid) || moved;
    if (moved) this.structureRevision++;
  }

  find(uuid: string): InventoryObject | undefined {
    const vm = this.vms.get(uuid);
    if (vm !== undefined) return { kind: 'vm', object: vm };
    const disk = this.disks.get(uuid);
    if (disk !== undefined) return { kind: 'disk', object: disk };
    const snapshot = this.snapshots.get(uuid);
    if (snapshot !== undefined) return { kind: 'snapshot', object: snapshot };
    const storage = this.storages.get(uuid);
    if (storage !== undefined) return { kind: 'storage', object: storage };
    const host = this.hosts.get(uuid);
    return host === undefined ? undefined : { kind: 'host', object: host };
  }

  disksOf(vm: Vm): Disk[] {
    return vm.diskUuids.flatMap((uuid) => this.disks.get(uuid) ?? []);
  }

  /** Oldest first. */
  snapshotsOf(disk: Disk): Snapshot[] {
    return disk.snapshotUuids.flatMap((uuid) => this.snapshots.get(uuid) ?? []);
  }

  /** The VM a disk belongs to; the first when several share it. */
  vmOf(disk: Disk): Vm | undefined {
    for (const { vmUuid } of disk.attachments) {
      const vm = this.vms.get(vmUuid);
      if (vm !== undefined) return vm;
    }
    return undefined;
  }

  #putVm(vm: Vm): boolean {
    const known = this.vms.get(vm.uuid);
    this.vms.set(vm.uuid, vm);
    const moved = this.vmOrder.put(vm.uuid, vm.name);
    return moved || known === undefined || !sameList(known.diskUuids, vm.diskUuids);
  }

  #putDisk(disk: Disk): boolean {
    const known = this.disks.get(disk.uuid);
    this.disks.set(disk.uuid, disk);
    const moved = isLoose(disk)
      ? this.looseDisks.put(disk.uuid, disk.name)
      : this.looseDisks.delete(disk.uuid);
    return moved || known?.name !== disk.name || !sameList(known.snapshotUuids, disk.snapshotUuids);
  }

  #remove(uuid: string): boolean {
    this.hosts.delete(uuid);
    this.storages.delete(uuid);
    this.vmOrder.delete(uuid);
    this.looseDisks.delete(uuid);
    return [this.vms, this.disks, this.snapshots].map((map) => map.delete(uuid)).includes(true);
  }
}

const isLoose = (disk: Disk): boolean => disk.attachments.length === 0;

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((value, index) => value === b[index]);
