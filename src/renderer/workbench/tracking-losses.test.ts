// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest';
import type { Bridge } from '../../shared/contract/bridge';
import type { Disk, InventoryPatch } from '../../shared/model/inventory';
import { ok } from '../../shared/model/result';
import { createServices, type Services } from './services';
import { announceTrackingLosses } from './tracking-losses';

const silentBridge: Bridge = {
  request: () => Promise.resolve(ok(undefined as never)),
  on: () => () => undefined,
};
const disk = (uuid: string, cbtEnabled: boolean): Disk => ({
  uuid,
  name: `disk ${uuid}`,
  sizeBytes: 1024,
  usedBytes: 512,
  storageUuid: 'sr',
  attachments: [],
  type: 'user',
  cbtEnabled,
  snapshotUuids: [],
});
const nothing = { hosts: [], storages: [], vms: [], snapshots: [] };
const patch = (...disks: Disk[]): InventoryPatch => ({ poolUuid: 'p', ...nothing, disks, removed: [] });

let services: Services;
beforeEach(() => {
  services = createServices(silentBridge, 'linux');
  const disks = [disk('a', true), disk('b', true), disk('c', false)];
  const about = { poolUuid: 'p', poolName: 'Pool', product: 'XCP-ng', nbdAccess: 'secure' } as const;
  services.inventory.load('p', { ...about, ...nothing, disks });
});
const told = () =>
  services.notifications.getState().list.map(({ message, actions }) => ({ message, actions }));

describe('lost change tracking', () => {
  it('is announced with the command that turns it on again', () => {
    announceTrackingLosses(services, 'p', patch(disk('a', false)));
    expect(told()).toMatchObject([
      { message: expect.stringContaining('disk a'), actions: [{ command: 'cbt.enable' }] },
    ]);
  });

  it('of several disks is one notification', () => {
    announceTrackingLosses(services, 'p', patch(disk('a', false), disk('b', false)));
    expect(told()).toMatchObject([
      { message: expect.stringContaining('2 disks'), actions: [{ command: 'panel.problems' }] },
    ]);
  });

  it('is no news when it was off, when it stays on, or when this window turned it off', () => {
    services.trackingChanges.expect(['b']);
    announceTrackingLosses(services, 'p', patch(disk('a', true), disk('b', false), disk('c', false)));
    expect(told()).toEqual([]);
    announceTrackingLosses(services, 'p', patch(disk('b', false)));
    expect(told()).toHaveLength(1);
  });
});
