import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { unwrap } from '../../src/shared/model/result';
import type { PoolConnection, RawFormat } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { quickDemoPool } from '../fixtures/demo-pool';
import { act, connectTo, disk, fault } from '../fixtures/pool-connection';
import { tempDir } from '../fixtures/temp-dir';

let demo: DemoPool;
let connection: PoolConnection;
const dir = tempDir();

beforeAll(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
});
afterEach(() => act(connection, 'clear-faults'));
afterAll(async () => {
  await connection.close();
  await demo.close();
  dir.remove();
});

const hash = async (stream: AsyncIterable<Uint8Array>) => {
  const sha = createHash('sha256');
  let length = 0;
  for await (const chunk of stream) {
    sha.update(chunk);
    length += chunk.length;
  }
  return { sha256: sha.digest('hex'), length };
};
const vdiRef = async (uuid: string) => unwrap(await connection.reference('VDI', uuid));
/** A small disk, on storage that only the given kind of host sees. */
const newDisk = async (storageType: string, sizeBytes: number) => {
  const storage = connection.inventory().storages.find(({ type }) => type === storageType)!;
  const sr = unwrap(await connection.reference('SR', storage.uuid));
  const record = {
    SR: sr, name_label: 'raw test', name_description: '', virtual_size: sizeBytes, type: 'user', sharable: false,
    read_only: false, other_config: {}, xenstore_data: {}, sm_config: {}, tags: [],
  }; // prettier-ignore
  const ref = unwrap(await connection.call(z.string(), 'VDI.create', [record]));
  return unwrap(await connection.call(z.string(), 'VDI.get_uuid', [ref]));
};
/** Tasks of ours; a host makes its own for a request without one. */
const tasks = async () => {
  const records = z.record(z.string(), z.object({ name_label: z.string() }));
  const all = Object.values(unwrap(await connection.call(records, 'task.get_all_records', [])));
  return all.filter(({ name_label: name }) => name.startsWith('Deltascope')).length;
};

const SIZE = 4 * 1024 * 1024;
const content = Buffer.alloc(SIZE, 0);
content.write('the beginning');
content.write('the end', SIZE - 100);

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
const put = (vdiUuid: string, format: RawFormat, bytes: Buffer, contentLength = bytes.length) =>
  connection.importRawVdi({ vdiUuid, format, contentLength, body: chunks(bytes) });

describe('raw disk transfers', () => {
  // `ext` is local to the second host: the master redirects, and that host has a certificate of its own.
  it.each(['nfs', 'ext'])('upload and download a disk on %s storage, and leave no task', async (storage) => {
    const uuid = await newDisk(storage, SIZE);
    expect(await put(uuid, 'raw', content)).toEqual({ ok: true, value: undefined });
    const download = unwrap(await connection.exportRawVdi({ vdiUuid: uuid, format: 'raw' }));
    const got = await hash(download.stream);
    expect(await download.finished()).toEqual({ ok: true, value: undefined });
    expect(got).toEqual(await hash(chunks(content)));
    const path = join(dir.path, storage);
    await act(connection, 'dump', { vdi: uuid, path });
    expect(await hash(createReadStream(path))).toEqual(got);
    expect(await tasks()).toBe(0);
    unwrap(await connection.callAsync(z.any(), 'VDI.destroy', [await vdiRef(uuid)]));
  });

  it('report a transfer that the host broke off, by its task and not by the stream’s end', async () => {
    const uuid = await newDisk('nfs', SIZE);
    await fault(connection, { kind: 'export-breaks', afterBytes: 100_000 });
    const download = await connection.exportRawVdi({ vdiUuid: uuid, format: 'raw' });
    if (download.ok) {
      await hash(download.value.stream).catch(() => undefined);
      expect(await download.value.finished()).toMatchObject({ ok: false });
    }
    await act(connection, 'clear-faults');
    await fault(connection, { kind: 'export-breaks', afterBytes: 0 });
    const atOnce = await connection.exportRawVdi({ vdiUuid: uuid, format: 'raw' });
    const result = atOnce.ok
      ? await hash(atOnce.value.stream).then(
          () => atOnce.value.finished(),
          () => atOnce.value.finished(),
        )
      : atOnce;
    expect(result).toMatchObject({ ok: false });
    unwrap(await connection.callAsync(z.any(), 'VDI.destroy', [await vdiRef(uuid)]));
  });

  it('end early when the reader has seen enough, and let go of the disk', async () => {
    const live = disk(connection, 'web-01 system');
    const taken = unwrap(await connection.call(z.string(), 'VDI.snapshot', [await vdiRef(live.uuid), {}]));
    const uuid = unwrap(await connection.call(z.string(), 'VDI.get_uuid', [taken]));
    const download = unwrap(await connection.exportRawVdi({ vdiUuid: uuid, format: 'vhd' }));
    for await (const chunk of download.stream) {
      expect((chunk as Buffer).subarray(0, 8).toString()).toBe('conectix');
      break;
    }
    await download.cancel();
    expect(await tasks()).toBe(0);
    const free = async () =>
      unwrap(await connection.call(z.array(z.string()), 'VDI.get_VBDs', [taken])).length === 0;
    while (!(await free())) await new Promise((resolve) => setTimeout(resolve, 10));
    unwrap(await connection.callAsync(z.any(), 'VDI.destroy', [taken]));
  });

  it('fail with the host’s reason', async () => {
    const uuid = await newDisk('nfs', SIZE);
    const unknown = await connection.exportRawVdi({ vdiUuid: uuid, format: 'vmdk' as RawFormat });
    expect(unknown).toMatchObject({ ok: false, failure: { code: 'transfer-unsupported' } });
    expect((await put(uuid, 'vhd', Buffer.alloc(1024))).ok).toBe(false);
    expect((await put(uuid, 'raw', Buffer.alloc(SIZE * 2))).ok).toBe(false);
    expect(JSON.stringify(unknown)).not.toMatch(/OpaqueRef:\w/);
    expect(await tasks()).toBe(0);
    unwrap(await connection.callAsync(z.any(), 'VDI.destroy', [await vdiRef(uuid)]));
  });
});
