import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import { unwrap } from '../../src/shared/model/result';
import { quickDemoPool } from '../fixtures/demo-pool';
import { memoryFolder } from '../fixtures/exporting';
import { fillDisk } from '../fixtures/interrupted-export';
import { measuredCli } from '../fixtures/measured-cli';
import { startNbdkit } from '../fixtures/nbd-servers';
import { connectTo, fault, vm } from '../fixtures/pool-connection';

const MIB = 1024 * 1024;
const TIB16 = 16 * 1024 ** 4;
const BLOCKS = TIB16 / 65_536;
const MOST_MIB = 200;
const folder = memoryFolder();
afterAll(() => folder.remove());

it.each(['qcow2', 'raw'])('16 TiB in 268 million blocks, changed here and there, to %s', async (format) => {
  const bitmap = Buffer.alloc(BLOCKS / 8);
  // A bit in every 16 KiB of the bitmap: 2048 blocks all over the disk, none beside another.
  for (let at = 5; at < bitmap.length; at += 16 * 1024) bitmap[at] = 0x10;
  const changes = join(folder.path, `${format}.bitmap`);
  writeFileSync(changes, bitmap);
  const server = await startNbdkit(['pattern', String(TIB16)]);
  try {
    const target = join(folder.path, `huge.${format}`);
    const { code, stdout, stderr, peakMib } = await measuredCli([
      ...['copy', server.uri, target, '--format', format, '--changed', changes, '--json'],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ sizeBytes: TIB16, readBytes: 2048 * 65_536 });
    console.log(`engine memory, 16 TiB to ${format}: ${peakMib} MiB`);
    expect(peakMib).toBeGreaterThan(0);
    expect(peakMib).toBeLessThan(MOST_MIB);
  } finally {
    await server.stop();
  }
});

it('20 disks queued at once', async () => {
  const demo = await quickDemoPool();
  const connection = await connectTo(demo);
  try {
    const storages = connection.inventory().storages.filter(({ type }) => type !== 'iso');
    const gateway = unwrap(await connection.reference('VM', vm(connection, 'gateway-01').uuid));
    const disks: string[] = [];
    for (let number = 0; number < 20; number++) {
      const { uuid } = storages[number % storages.length];
      const sr = unwrap(await connection.reference('SR', uuid));
      const record = {
        SR: sr, name_label: `disk ${number}`, name_description: '', virtual_size: 128 * MIB, type: 'user', sharable: false,
        read_only: false, other_config: {}, xenstore_data: {}, sm_config: {}, tags: [],
      }; // prettier-ignore
      const ref = unwrap(await connection.call(z.string(), 'VDI.create', [record]));
      const vdi = unwrap(await connection.call(z.string(), 'VDI.get_uuid', [ref]));
      const vbd = {
        VM: gateway, VDI: ref, userdevice: String(number + 1), bootable: false, mode: 'RW', type: 'Disk', empty: false,
        other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {},
      }; // prettier-ignore
      unwrap(await connection.call(z.string(), 'VBD.create', [vbd]));
      await fillDisk(connection, vdi, 8 * MIB);
      disks.push(vdi);
    }
    // So that copies overlap, although the disks are small.
    await fault(connection, { kind: 'slow-nbd', milliseconds: 50 });
    const { code, stdout, peakMib } = await measuredCli(
      [
        ...[
          'export',
          ...disks,
          '--to',
          join(folder.path, 'twenty'),
          '--mode',
          'full',
          '--connections',
          '4',
          '--json',
        ],
        ...['--pool', demo.url, '--user', demo.user, '--fingerprint', demo.fingerprint],
      ],
      { DELTASCOPE_PASSWORD: demo.password, DELTASCOPE_HOME: join(folder.path, 'home') },
    );
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => line.startsWith('{"event":"exported"'))).toHaveLength(20);
    console.log(`engine memory, 20 disks: ${peakMib} MiB`);
    expect(peakMib).toBeGreaterThan(0);
    expect(peakMib).toBeLessThan(MOST_MIB);
  } finally {
    await connection.close();
    await demo.close();
  }
});
