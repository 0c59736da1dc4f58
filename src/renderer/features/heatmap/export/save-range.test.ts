// @vitest-environment happy-dom
import { beforeEach, expect, it } from 'vitest';
import type { Bridge } from '../../../../shared/contract/bridge';
import type { Inventory, Snapshot } from '../../../../shared/model/inventory';
import { ok } from '../../../../shared/model/result';
import { createServices, type Services } from '../../../workbench/services';
import { ActiveMap } from '../active-map';
import { createMapOptions, type MapOptionsStore } from '../map-options';
import type { NamedInterval } from '../model/intervals';
import type { Shown } from './save';
import { saveRangeCommand } from './save-range';

const BLOCK = 65_536;
const asked: [name: string, input: unknown][] = [];
const bridge: Bridge = {
  request: (name, input) => {
    asked.push([name, input]);
    return Promise.resolve(ok((name === 'dialog.chooseImage' ? '/saved.raw' : { id: 'o' }) as never));
  },
  on: () => () => undefined,
};
let services: Services;
let options: MapOptionsStore;
let active: ActiveMap;

const snapshot = (uuid: string, hasData: boolean): Snapshot => ({
  uuid,
  diskUuid: 'd',
  name: uuid,
  takenAt: `2026-01-01T00:00:0${uuid.slice(1)}Z`,
  sizeBytes: 10 * BLOCK - 512,
  storageUuid: 'sr',
  hasData,
  cbtEnabled: true,
  ours: false,
});
const interval = (from: string, to: string): NamedInterval => ({
  ...{ key: `${from}/${to}`, fromUuid: from, toUuid: to, fromName: from, toName: to },
  takenAt: '',
});

/** A map of the interval from s2 to s3 with some blocks selected; nothing is drawn. */
function openMap(first: number, end: number): void {
  const all = [interval('s1', 's2'), interval('s2', 's3')];
  active.use({
    options,
    shown: () =>
      ({
        regions: [],
        scene: { sizeBytes: 10 * BLOCK - 512 },
        intervals: { poolId: 'p', diskUuid: 'd', current: all[1], all, most: 2 },
        controller: { snapshot: () => ({ selection: { first, end } }) },
      }) as unknown as Shown,
  });
}
const told = () => services.notifications.getState().list.map(({ message }) => message);
const started = () => asked.filter(([name]) => name === 'library.start').map(([, request]) => request);
const save = () => services.commands.run('heatmap.saveRange');

beforeEach(() => {
  asked.length = 0;
  services = createServices(bridge, 'linux');
  options = createMapOptions();
  active = new ActiveMap(services.contextKeys);
  services.commands.register(saveRangeCommand(services, active));
  services.inventory.load('p', {
    ...{ poolUuid: 'p', poolName: 'Pool', product: 'XCP-ng', nbdAccess: 'secure' },
    ...{ hosts: [], storages: [], vms: [], disks: [] },
    snapshots: [snapshot('s1', true), snapshot('s2', false), snapshot('s3', true)],
  } satisfies Inventory);
});

it('can be had where a range of an interval is selected', () => {
  expect(services.commands.isEnabled('heatmap.saveRange')).toBe(false);
  openMap(2, 4);
  expect(services.commands.isEnabled('heatmap.saveRange')).toBe(true);
});

it('saves the range of the later snapshot, up to the end of the disk', async () => {
  openMap(8, 10);
  await save();
  expect(started()).toEqual([
    {
      ...{ kind: 'range', poolId: 'p', snapshotUuid: 's3', diskName: 'd', to: '/saved.raw' },
      ...{ offset: 8 * BLOCK, length: 2 * BLOCK - 512 },
    },
  ]);
  expect(told()).toEqual([]);
});

it('saves nothing of a snapshot whose data is gone, and says so', async () => {
  options.setState({ mode: 'playback', frame: 0 });
  openMap(2, 4);
  await save();
  expect(asked).toEqual([]);
  expect(told()).toEqual([expect.stringContaining('The data of s2 is not on the pool any more')]);
});

it('saves nothing that lies behind the end of the snapshot, and says so', async () => {
  openMap(10, 12);
  await save();
  expect(asked).toEqual([]);
  expect(told()).toEqual([expect.stringContaining('behind the end')]);
});
