// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Disk, Inventory, Pool, Snapshot, Vm } from '../../../shared/model/inventory';
import { createInventoryStore } from '../../stores/inventory';
import { Tree } from '../../ui/tree/tree';
import { poolsRows, type PoolsRow } from './pool-rows';

const VMS = 10_000;
const SNAPSHOTS = 10;

function manyVms(): Inventory {
  const vms: Vm[] = [];
  const disks: Disk[] = [];
  const snapshots: Snapshot[] = [];
  for (let number = 0; number < VMS; number++) {
    const [vm, disk] = [`vm${number}`, `disk${number}`];
    const own = Array.from({ length: SNAPSHOTS }, (_, at) => `snap${number}.${at}`);
    vms.push({ uuid: vm, name: `vm ${number}`, description: '', powerState: 'running', diskUuids: [disk] });
    disks.push({
      uuid: disk,
      name: `disk ${number}`,
      sizeBytes: 1024,
      usedBytes: 512,
      storageUuid: 'sr',
      attachments: [{ vmUuid: vm, device: 'xvda', readOnly: false, attached: true }],
      type: 'user',
      cbtEnabled: true,
      snapshotUuids: own,
    });
    for (const uuid of own)
      snapshots.push({
        uuid,
        diskUuid: disk,
        name: uuid,
        takenAt: '2026-01-01T00:00:00Z',
        storageUuid: 'sr',
        hasData: true,
        cbtEnabled: true,
        ours: false,
      });
  }
  const about = { poolUuid: 'p', poolName: 'Pool', product: 'XCP-ng', nbdAccess: 'secure' } as const;
  return { ...about, hosts: [], storages: [], vms, disks, snapshots };
}
const pool: Pool = {
  id: 'p',
  url: 'https://p',
  name: 'Pool',
  user: 'root',
  fingerprint: '',
  isDemo: false,
  state: 'connected',
};

const inventory = createInventoryStore();
inventory.load('p', manyVms());
const everything = new Set(['pool:p']);
for (let number = 0; number < VMS; number++) {
  everything.add(`vm:p/vm${number}`);
  everything.add(`disk:p/vm${number}/disk${number}`);
}
const rowsNow = (): PoolsRow[] => poolsRows([pool], inventory.getState().byPool, everything);

function Subject({ rows }: { rows: readonly PoolsRow[] }) {
  const [focused, setFocused] = useState<string>();
  return (
    <Tree
      label="Pools"
      rows={rows}
      focusedId={focused}
      onFocus={({ id }) => setFocused(id)}
      onToggle={() => undefined}
      onOpen={() => undefined}
      renderRow={({ label }) => <span>{label}</span>}
    />
  );
}

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(220);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(220);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

describe('a tree of 10 000 VMs and 100 000 snapshots, all open', () => {
  it('lists every object once, each snapshot under its disk, newest first', () => {
    const rows = rowsNow();
    expect(rows).toHaveLength(1 + VMS * (2 + SNAPSHOTS));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    const at = rows.findIndex(({ label }) => label === 'disk 9999');
    expect(rows.slice(at + 1, at + 3).map(({ label, level }) => [label, level])).toEqual([
      ['snap9999.9', 4],
      ['snap9999.8', 4],
    ]);
  });

  it('puts only what is in sight into the document, wherever the focus goes', () => {
    render(<Subject rows={rowsNow()} />);
    const tree = screen.getByRole('tree');
    act(() => tree.focus());
    fireEvent.keyDown(tree, { key: 'End' });
    expect(document.getElementById(tree.getAttribute('aria-activedescendant') ?? '')?.textContent).toBe(
      'snap9999.0',
    );
    expect(screen.getAllByRole('treeitem').length).toBeLessThan(100);
  });

  it('a patch touches what it names and nothing else', () => {
    const { vms, snapshots } = inventory.pool('p')!;
    const before = [...vms.values(), ...snapshots.values()];
    const renamed = { ...snapshots.get('snap5.5')!, name: 'renamed' };
    const nothing = { hosts: [], storages: [], vms: [], disks: [], removed: [] };
    inventory.patch('p', { poolUuid: 'p', ...nothing, snapshots: [renamed] });
    const after = [...vms.values(), ...snapshots.values()];
    expect(after.filter((object, index) => object !== before[index])).toEqual([renamed]);
    expect(rowsNow().filter(({ label }) => label === 'renamed')).toHaveLength(1);
  });
});
