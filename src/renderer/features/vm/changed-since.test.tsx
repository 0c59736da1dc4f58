// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import type { Bridge } from '../../../shared/contract/bridge';
import type { Disk, Snapshot } from '../../../shared/model/inventory';
import { ok } from '../../../shared/model/result';
import { createServices } from '../../workbench/services';
import { ServicesProvider } from '../../workbench/use-services';
import { ChangedSince } from './changed-since';

afterEach(cleanup);

const SNAPSHOTS = 12;
const BLOCK = 65_536;
const taken = Array.from({ length: SNAPSHOTS }, (_, at) => ({
  uuid: `snap${at}`,
  takenAt: `2026-01-${String(at + 1).padStart(2, '0')}T00:00:00Z`,
}));
const disk: Disk = {
  uuid: 'd',
  name: 'system',
  sizeBytes: 8 * BLOCK,
  usedBytes: 0,
  storageUuid: 'sr',
  attachments: [{ vmUuid: 'vm', device: 'xvda', readOnly: false, attached: true }],
  type: 'user',
  cbtEnabled: true,
  snapshotUuids: taken.map(({ uuid }) => uuid),
};
const snapshots = taken.map(({ uuid, takenAt }): Snapshot => ({
  uuid,
  diskUuid: 'd',
  name: `night ${uuid}`,
  takenAt,
  storageUuid: 'sr',
  hasData: true,
  cbtEnabled: true,
  ours: false,
}));

it('asks for the newest snapshots by itself, and for all others on demand', async () => {
  const asked: string[] = [];
  const bridge: Bridge = {
    request: (name, input) => {
      if (name === 'blocks.changed') asked.push((input as { fromUuid: string }).fromUuid);
      return Promise.resolve(ok({ sizeBytes: 8 * BLOCK, bitmap: Uint8Array.of(0b1100_0000) } as never));
    },
    on: () => () => undefined,
  };
  const services = createServices(bridge, 'linux');
  services.inventory.load('p', {
    poolUuid: 'p',
    poolName: 'Pool',
    product: 'XCP-ng',
    nbdAccess: 'secure',
    hosts: [],
    storages: [],
    vms: [{ uuid: 'vm', name: 'web', description: '', powerState: 'running', diskUuids: ['d'] }],
    disks: [disk],
    snapshots,
  });
  render(
    <ServicesProvider services={services}>
      <ChangedSince poolId="p" disks={[disk]} />
    </ServicesProvider>,
  );
  const rows = () => within(screen.getByRole('table')).getAllByRole('rowheader').length;
  const numbers = () => screen.getAllByText('128 KiB', { selector: 'span' }).length;
  expect(rows()).toBe(8);
  await waitFor(() => expect(numbers()).toBe(8));
  expect(asked).not.toContain('snap0');
  fireEvent.click(screen.getByRole('button', { name: /3 earlier snapshots/ }));
  expect(rows()).toBe(SNAPSHOTS - 1);
  await waitFor(() => expect(numbers()).toBe(SNAPSHOTS - 1));
  expect(new Set(asked).size).toBe(SNAPSHOTS - 1);
  expect(asked).toHaveLength(SNAPSHOTS - 1);
  expect(screen.queryByRole('button', { name: /earlier snapshot/ })).toBeNull();
});
