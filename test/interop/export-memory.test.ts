import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import type { Storage } from '../../src/shared/model/inventory';
import { unwrap } from '../../src/shared/model/result';
import { quickDemoPool } from '../fixtures/demo-pool';
import { memoryFolder } from '../fixtures/exporting';
import { measuredCli } from '../fixtures/measured-cli';
import { act, connectTo, vm } from '../fixtures/pool-connection';

const TIB16 = 16 * 1024 ** 4;
const GIB2000 = 2000 * 1024 ** 3;
const MOST_MIB = 200;
const CHANGES = 8;
const folder = memoryFolder();
let demo: DemoPool;
let connection: PoolConnection;

beforeAll(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
});
afterAll(async () => {
  await connection.close();
  await demo.close();
  folder.remove();
});

/** A disk at a place of its own of gateway-01. @param format of the storage's own files. */
async function makeDisk(
  storage: Storage,
  place: number,
  sizeBytes: number,
  format?: 'qcow2',
): Promise<string> {
  const sr = unwrap(await connection.reference('SR', storage.uuid));
  const owner = unwrap(await connection.reference('VM', vm(connection, 'gateway-01').uuid));
  const record = {
    SR: sr, name_label: `huge ${place}`, name_description: '', virtual_size: sizeBytes, type: 'user', sharable: false,
    read_only: false, other_config: {}, xenstore_data: {}, sm_config: format ? { 'image-format': format } : {}, tags: [],
  }; // prettier-ignore
  const ref = unwrap(await connection.call(z.string(), 'VDI.create', [record]));
  const vbd = {
    VM: owner, VDI: ref, userdevice: String(place), bootable: false, mode: 'RW', type: 'Disk', empty: false,
    other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {},
  }; // prettier-ignore
  unwrap(await connection.call(z.string(), 'VBD.create', [vbd]));
  return unwrap(await connection.call(z.string(), 'VDI.get_uuid', [ref]));
}

/** All over the disk. */
async function change(vdi: string, sizeBytes: number): Promise<void> {
  const data = Buffer.alloc(512, 0x5a).toString('base64');
  for (let at = 0; at < CHANGES; at++)
    await act(connection, 'write', { vdi, offset: String((sizeBytes / CHANGES) * at), data });
}

/** Exports disks as a user would, and checks that memory stays flat. Returns the mode of each, in their order. */
async function exportDisks(...vdis: readonly string[]): Promise<unknown[]> {
  unwrap(await connection.refresh());
  const { code, stdout, stderr, peakMib } = await measuredCli(
    ['export', ...vdis, '--to', join(folder.path, 'to'), '--format', 'qcow2', '--json', '--pool', demo.url,
      '--user', demo.user, '--fingerprint', demo.fingerprint],
    { DELTASCOPE_PASSWORD: demo.password, DELTASCOPE_HOME: join(folder.path, 'home') },
  ); // prettier-ignore
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  console.log(`engine memory, export of ${vdis.length}: ${peakMib} MiB`);
  expect(peakMib).toBeGreaterThan(0);
  expect(peakMib).toBeLessThan(MOST_MIB);
  const exported = stdout
    .split('\n')
    .filter((line) => line.startsWith('{"event":"exported"'))
    .map((line) => JSON.parse(line) as { diskUuid: string; mode: string });
  return vdis.map((uuid) => exported.find(({ diskUuid }) => diskUuid === uuid)?.mode);
}

it('16 TiB from a pool, in full and then by the list of changed blocks', async () => {
  const storage = connection.inventory().storages.find(({ type }) => type === 'nfs')!;
  const vdi = await makeDisk(storage, 7, TIB16, 'qcow2');
  await change(vdi, TIB16);
  expect(await exportDisks(vdi)).toEqual(['full']);
  await change(vdi, TIB16);
  expect(await exportDisks(vdi)).toEqual(['cbt']);
});

it('20 disks of 2000 GiB queued at once, on all storages, in full and then by their lists', async () => {
  const storages = connection.inventory().storages.filter(({ type }) => type !== 'iso');
  const vdis: string[] = [];
  for (let number = 0; number < 20; number++)
    vdis.push(await makeDisk(storages[number % storages.length], 10 + number, GIB2000));
  for (const vdi of vdis) await change(vdi, GIB2000);
  expect(await exportDisks(...vdis)).toEqual(vdis.map(() => 'full'));
  for (const vdi of vdis) await change(vdi, GIB2000);
  const byStorage = vdis.map((_, number) =>
    storages[number % storages.length].supportsCbt ? 'cbt' : 'full',
  );
  expect(byStorage.filter((mode) => mode === 'cbt').length).toBeGreaterThan(10);
  expect(await exportDisks(...vdis)).toEqual(byStorage);
});
