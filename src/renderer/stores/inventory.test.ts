import { describe, expect, it } from 'vitest';
import type { Disk, Inventory, InventoryPatch, Snapshot, Vm } from '../../shared/model/inventory';
import { createInventoryStore } from './inventory';
import { SortedIds } from './sorted-ids';

const vm = (uuid: string, name: string, diskUuids: string[] = []): Vm => ({
  uuid,
  name,
  description: '',
  powerState: 'running',
  diskUuids,
});
const disk = (uuid: string, vmUuid?: string, snapshotUuids: string[] = []): Disk => ({
  uuid,
  name: `disk ${uuid}`,
  sizeBytes: 1024,
  usedBytes: 512,
  storageUuid: 'sr',
  attachments: vmUuid === undefined ? [] : [{ vmUuid, device: 'xvda', readOnly: false, attached: true }],
  type: 'user',
  cbtEnabled: true,
  snapshotUuids,
});
const snapshot = (uuid: string, diskUuid: string): Snapshot => ({
  uuid,
  diskUuid,
  name: uuid,
  takenAt: '2026-01-01T00:00:00Z',
  storageUuid: 'sr',
  hasData: true,
  cbtEnabled: true,
  ours: false,
});
const inventory = (parts: Partial<Inventory>): Inventory => ({
  poolUuid: 'p',
  poolName: 'Pool',
  product: 'XCP-ng 8.3.0',
  nbdAccess: 'secure',
  hosts: [],
  storages: [],
  vms: [],
  disks: [],
  snapshots: [],
  ...parts,
});
const patch = (parts: Partial<InventoryPatch>): InventoryPatch => ({
  poolUuid: 'p',
  hosts: [],
  storages: [],
  vms: [],
  disks: [],
  snapshots: [],
  removed: [],
  ...parts,
});

describe('inventory store', () => {
  it('orders VMs by name as people count', () => {
    const store = createInventoryStore();
    store.load('p', inventory({ vms: [vm('1', 'web 10'), vm('2', 'Web 2'), vm('3', 'db')] }));
    expect(store.pool('p')!.vmOrder.ids).toEqual(['3', '2', '1']);
  });

  it('patches objects, their order and their removal', () => {
    const store = createInventoryStore();
    store.load(
      'p',
      inventory({
        vms: [vm('1', 'a', ['d']), vm('2', 'b')],
        disks: [disk('d', '1', ['s'])],
        snapshots: [snapshot('s', 'd')],
      }),
    );
    const pool = store.pool('p')!;
    store.patch('p', patch({ vms: [vm('1', 'z', ['d'])], nbdAccess: 'none' }));
    expect(pool.vmOrder.ids).toEqual(['2', '1']);
    expect(pool.nbdAccess).toBe('none');
    store.patch('p', patch({ disks: [disk('d', '1', ['s', 't'])], snapshots: [snapshot('t', 'd')] }));
    expect(pool.snapshotsOf(pool.disks.get('d')!).map(({ uuid }) => uuid)).toEqual(['s', 't']);
    store.patch('p', patch({ removed: ['2', 's'] }));
    expect(pool.vmOrder.ids).toEqual(['1']);
    expect(pool.snapshotsOf(pool.disks.get('d')!).map(({ uuid }) => uuid)).toEqual(['t']);
  });

  it('tells a change of structure from a change of an object', () => {
    const store = createInventoryStore();
    store.load('p', inventory({ vms: [vm('1', 'a', ['d'])], disks: [disk('d', '1')] }));
    const pool = store.pool('p')!;
    const before = pool.structureRevision;
    store.patch('p', patch({ disks: [{ ...disk('d', '1'), cbtEnabled: false }] }));
    expect(pool.structureRevision).toBe(before);
    store.patch('p', patch({ disks: [disk('d', '1', ['s'])], snapshots: [snapshot('s', 'd')] }));
    expect(pool.structureRevision).toBeGreaterThan(before);
  });

  it('moves a disk between its VM and the loose ones', () => {
    const store = createInventoryStore();
    store.load('p', inventory({ disks: [disk('d', '1')] }));
    const pool = store.pool('p')!;
    expect(pool.looseDisks.ids).toEqual([]);
    store.patch('p', patch({ disks: [disk('d')] }));
    expect(pool.looseDisks.ids).toEqual(['d']);
    store.patch('p', patch({ disks: [disk('d', '1')] }));
    expect(pool.looseDisks.ids).toEqual([]);
  });

  it('keeps the identity of what a patch does not name, and announces every patch', () => {
    const store = createInventoryStore();
    store.load('p', inventory({ vms: [vm('1', 'a'), vm('2', 'b')] }));
    const first = store.pool('p')!.vms.get('1');
    const { revision } = store.getState();
    store.patch('p', patch({ vms: [vm('2', 'c')] }));
    expect(store.pool('p')!.vms.get('1')).toBe(first);
    expect(store.getState().revision).toBe(revision + 1);
    store.patch('unknown', patch({ removed: ['1'] }));
    expect(store.getState().revision).toBe(revision + 1);
  });

  it('finds any object by uuid', () => {
    const store = createInventoryStore();
    store.load('p', inventory({ vms: [vm('1', 'a')], snapshots: [snapshot('s', 'd')] }));
    expect(store.pool('p')!.find('s')?.kind).toBe('snapshot');
    expect(store.pool('p')!.find('x')).toBeUndefined();
  });
});

describe('sorted ids', () => {
  it('stay in order through ten thousand insertions, renames and removals', () => {
    const sorted = new SortedIds();
    const names = new Map<string, string>();
    for (let index = 0; index < 10_000; index++) {
      const id = `id${index}`;
      const name = `vm ${(index * 7919) % 10_007}`;
      names.set(id, name);
      sorted.put(id, name);
    }
    for (let index = 0; index < 10_000; index += 3) {
      names.set(`id${index}`, `renamed ${index % 50}`);
      sorted.put(`id${index}`, `renamed ${index % 50}`);
    }
    for (let index = 1; index < 10_000; index += 5) {
      names.delete(`id${index}`);
      sorted.delete(`id${index}`);
    }
    const expected = new SortedIds();
    expected.replace(names);
    expect(sorted.ids).toEqual(expected.ids);
    expect(sorted.size).toBe(names.size);
  });
});
