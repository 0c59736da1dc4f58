import type { Inventory, InventoryPatch, NbdAccess } from '../../../../shared/model/inventory';
import {
  deriveDisk,
  deriveHost,
  deriveNbdAccess,
  derivePool,
  deriveSnapshot,
  deriveStorage,
  deriveVm,
} from './derive';
import type { RecordCache } from './record-cache';
import { isCachedClass, type CachedClass, type PoolEvent, type RecordOf } from './records';

type Kind = 'hosts' | 'storages' | 'vms' | 'disks' | 'snapshots';
type Objects = { [K in Kind]: Inventory[K][number] };
const KINDS: readonly Kind[] = ['hosts', 'storages', 'vms', 'disks', 'snapshots'];

/**
 * Keeps the inventory's objects in step with the record cache. An event only marks the objects it can have touched;
 * `flush` derives those again and reports the ones that differ, so the cost does not grow with the pool.
 */
export class InventoryTracker {
  readonly #cache: RecordCache;
  /** Derived objects by their record's reference. */
  readonly #objects: { [K in Kind]: Map<string, Objects[K]> } = {
    hosts: new Map(),
    storages: new Map(),
    vms: new Map(),
    disks: new Map(),
    snapshots: new Map(),
  };
  /**
   * How many objects have a uuid: two, when something was forgotten and found again and the pool tells of its new record
   * before it drops the old one.
   */
  readonly #withUuid = new Map<string, number>();
  readonly #dirty: Record<'host' | 'sr' | 'vm' | 'vdi', Set<string>> = {
    host: new Set(),
    sr: new Set(),
    vm: new Set(),
    vdi: new Set(),
  };
  #nbdAccess: NbdAccess = 'none';
  #inventory: Inventory | undefined;

  constructor(cache: RecordCache) {
    this.#cache = cache;
  }

  /** Applies one event to the cache and marks what it touches, before and after. */
  apply(event: PoolEvent): void {
    this.#touch(event);
    this.#cache.apply(event);
    this.#touch(event);
  }

  /** The pool as it is now. The same object until something changes. */
  inventory(): Inventory {
    this.#inventory ??= {
      ...derivePool(this.#cache),
      nbdAccess: this.#nbdAccess,
      hosts: [...this.#objects.hosts.values()],
      storages: [...this.#objects.storages.values()],
      vms: [...this.#objects.vms.values()],
      disks: [...this.#objects.disks.values()],
      snapshots: [...this.#objects.snapshots.values()],
    };
    return this.#inventory;
  }

  /** What changed since the last flush; undefined: nothing an admin could see. */
  flush(): InventoryPatch | undefined {
    const patch: InventoryPatch = {
      poolUuid: derivePool(this.#cache).poolUuid,
      hosts: [],
      storages: [],
      vms: [],
      disks: [],
      snapshots: [],
      removed: [],
    };
    for (const ref of this.#take('host')) this.#derive('host', ref, 'hosts', deriveHost, patch);
    for (const ref of this.#take('sr')) this.#derive('sr', ref, 'storages', deriveStorage, patch);
    for (const ref of this.#take('vm')) this.#derive('vm', ref, 'vms', deriveVm, patch);
    for (const ref of this.#take('vdi')) {
      this.#derive('vdi', ref, 'disks', deriveDisk, patch);
      this.#derive('vdi', ref, 'snapshots', deriveSnapshot, patch);
    }
    patch.removed = patch.removed.filter((uuid) => !this.#withUuid.has(uuid));
    const access = deriveNbdAccess(this.#cache);
    const accessChanged = access !== this.#nbdAccess;
    this.#nbdAccess = access;
    if (accessChanged) patch.nbdAccess = access;
    const isEmpty =
      !accessChanged && patch.removed.length === 0 && KINDS.every((kind) => patch[kind].length === 0);
    if (isEmpty) return undefined;
    this.#inventory = undefined;
    return patch;
  }

  #derive<C extends CachedClass, K extends Kind>(
    name: C,
    ref: string,
    kind: K,
    derive: (cache: RecordCache, ref: string, record: RecordOf<C>) => Objects[K] | undefined,
    patch: InventoryPatch,
  ): void {
    const record = this.#cache.get(name, ref);
    const now = record && derive(this.#cache, ref, record);
    const objects = this.#objects[kind];
    const before = objects.get(ref);
    if (now === undefined) {
      if (before === undefined) return;
      objects.delete(ref);
      // Also where nothing is removed for whoever goes by uuids.
      this.#inventory = undefined;
      this.#drop(before.uuid, patch);
    } else if (before === undefined || JSON.stringify(before) !== JSON.stringify(now)) {
      objects.set(ref, now);
      (patch[kind] as Objects[K][]).push(now);
      this.#withUuid.set(now.uuid, (this.#withUuid.get(now.uuid) ?? 0) + 1);
      if (before !== undefined) this.#drop(before.uuid, patch);
    }
  }

  #drop(uuid: string, { removed }: InventoryPatch): void {
    const left = (this.#withUuid.get(uuid) ?? 1) - 1;
    if (left > 0) this.#withUuid.set(uuid, left);
    else if (this.#withUuid.delete(uuid)) removed.push(uuid);
  }

  #take(name: 'host' | 'sr' | 'vm' | 'vdi'): string[] {
    const refs = [...this.#dirty[name]];
    this.#dirty[name].clear();
    return refs;
  }

  #touch({ class: name, ref }: PoolEvent): void {
    if (!isCachedClass(name)) return;
    const cache = this.#cache;
    const { host, sr, vm, vdi } = this.#dirty;
    switch (name) {
      case 'pool':
        for (const hostRef of cache.table('host').keys()) host.add(hostRef);
        this.#inventory = undefined;
        break;
      case 'host':
        host.add(ref);
        for (const srRef of cache.table('sr').keys()) sr.add(srRef);
        break;
      case 'sr':
        sr.add(ref);
        if (!cache.get('sr', ref))
          for (const [vdiRef, record] of cache.table('vdi')) if (record.SR === ref) vdi.add(vdiRef);
        break;
      case 'pbd':
        add(sr, cache.get('pbd', ref)?.SR);
        break;
      case 'sm':
        for (const srRef of cache.table('sr').keys()) sr.add(srRef);
        break;
      case 'vm':
        vm.add(ref);
        for (const vbdRef of cache.vbdsOfVm.to(ref)) add(vdi, cache.get('vbd', vbdRef)?.VDI);
        break;
      case 'vbd':
        add(vm, cache.get('vbd', ref)?.VM);
        add(vdi, cache.get('vbd', ref)?.VDI);
        break;
      case 'vdi':
        vdi.add(ref);
        add(vdi, cache.get('vdi', ref)?.snapshot_of);
        for (const vbdRef of cache.vbdsOfVdi.to(ref)) add(vm, cache.get('vbd', vbdRef)?.VM);
        for (const snapshotRef of cache.snapshotsOfVdi.to(ref)) vdi.add(snapshotRef);
        break;
      case 'network':
      case 'host_metrics':
      case 'pif':
      case 'message':
        break;
      default:
        name satisfies never;
    }
  }
}

function add(set: Set<string>, ref: string | undefined): void {
  if (ref !== undefined) set.add(ref);
}
