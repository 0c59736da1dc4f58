import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { unwrap } from '../../src/shared/model/result';
import { quickDemoPool } from '../fixtures/demo-pool';
import { memoryFolder } from '../fixtures/exporting';
import { measuredCli } from '../fixtures/measured-cli';
import { act, connectTo, vm } from '../fixtures/pool-connection';

const TIB16 = 16 * 1024 ** 4;
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

async function makeDisk(): Promise<string> {
  const storage = connection.inventory().storages.find(({ type }) => type === 'nfs')!;
  const sr = unwrap(await connection.reference('SR', storage.uuid));
  const owner = unwrap(await connection.reference('VM', vm(connection, 'gateway-01').uuid));
  const record = {
    SR: sr, name_label: 'huge', name_description: '', virtual_size: TIB16, type: 'user', sharable: false,
    read_only: false, other_config: {}, xenstore_data: {}, sm_config: { 'image-format': 'qcow2' }, tags: [],
  }; // prettier-ignore
  const ref = unwrap(await connection.call(z.string(), 'VDI.create', [record]));
  const vbd = {
    VM: owner, VDI: ref, userdevice: '7', bootable: false, mode: 'RW', type: 'Disk', empty: false,
    other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {},
  }; // prettier-ignore
  unwrap(await connection.call(z.string(), 'VBD.create', [vbd]));
  return unwrap(await connection.call(z.string(), 'VDI.get_uuid', [ref]));
}

/** All over the disk. */
async function change(vdi: string): Promise<void> {
  const data = Buffer.alloc(512, 0x5a).toString('base64');
  for (let at = 0; at < CHANGES; at++)
    await act(connection, 'write', { vdi, offset: String((TIB16 / CHANGES) * at), data });
}

/** Exports the disk as a user would, and checks that memory stays flat. */
async function exportDisk(vdi: string): Promise<unknown> {
  const { code, stdout, stderr, peakMib } = await measuredCli(
    ['export', vdi, '--to', join(folder.path, 'to'), '--format', 'qcow2', '--json', '--pool', demo.url,
      '--user', demo.user, '--fingerprint', demo.fingerprint],
    { DELTASCOPE_PASSWORD: demo.password, DELTASCOPE_HOME: join(folder.path, 'home') },
  ); // prettier-ignore
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  console.log(`engine memory, export of 16 TiB: ${peakMib} MiB`);
  expect(peakMib).toBeGreaterThan(0);
  expect(peakMib).toBeLessThan(MOST_MIB);
  const exported = stdout.split('\n').find((line) => line.startsWith('{"event":"exported"'))!;
  unwrap(await connection.refresh());
  return JSON.parse(exported);
}

it('16 TiB from a pool, in full and then by the list of changed blocks', async () => {
  const vdi = await makeDisk();
  await change(vdi);
  expect(await exportDisk(vdi)).toMatchObject({ mode: 'full' });
  await change(vdi);
  expect(await exportDisk(vdi)).toMatchObject({ mode: 'cbt' });
});
