import { createReadStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { TestClient } from '../../src/main/simulator/nbd/test-client';
import { connectXapi, control, quickDemoPool, type XapiClient } from '../fixtures/demo-pool';
import { demandSound, qemuImg, qemuInfo, qemuIo } from '../fixtures/qemu-img';
import { tempDir } from '../fixtures/temp-dir';

const MIB = 1024 * 1024;
const folder = tempDir();
const file = (name: string) => join(folder.path, name);
let pool: DemoPool;
let xapi: XapiClient;
/** A disk of 8 MiB on shared storage. */
let disk: string;

beforeAll(async () => {
  pool = await quickDemoPool();
  xapi = await connectXapi(pool, { watchEvents: ['pool', 'task'] });
});
beforeEach(async () => {
  disk = await create('NFS virtual disks', 8 * MIB);
});
afterAll(async () => {
  await xapi.disconnect();
  await pool.close();
  folder.remove();
});

async function create(storage: string, virtual_size: number): Promise<string> {
  const [SR] = (await xapi.call('SR.get_by_name_label', storage)) as string[];
  const args = { name_label: 'test', SR, virtual_size, type: 'user' };
  return (await xapi.callAsync('VDI.create', args)) as string;
}
async function createQcow2(virtual_size: number): Promise<string> {
  const [SR] = (await xapi.call('SR.get_by_name_label', 'NFS virtual disks')) as string[];
  const sm_config = { 'image-format': 'qcow2' };
  const args = { name_label: 'test', SR, virtual_size, type: 'user', sm_config };
  return (await xapi.callAsync('VDI.create', args)) as string;
}
const uuidOf = async (vdi: string) => (await xapi.getField('VDI', vdi, 'uuid')) as string;
const write = async (vdi: string, offset: number, byte: number, length = 4096) =>
  control(xapi, 'write', {
    vdi: await uuidOf(vdi),
    offset: String(offset),
    data: Buffer.alloc(length, byte).toString('base64'),
  });
const snapshot = async (vdi = disk) => (await xapi.call('VDI.snapshot', vdi, {})) as string;

/** What the disk really holds, as a raw file. */
async function truth(vdi: string): Promise<string> {
  const path = file(`truth-${await uuidOf(vdi)}`);
  await control(xapi, 'dump', { vdi: await uuidOf(vdi), path });
  return path;
}

/** Downloads to a file by the xen-api package, following redirects; resolves when the task succeeded. */
async function download(name: string, query: Record<string, string>): Promise<string> {
  const response = await xapi.getResource('/export_raw_vdi', { query });
  const parts: Buffer[] = [];
  for await (const part of response.body) parts.push(part);
  await writeFile(file(name), Buffer.concat(parts));
  await response.task;
  return file(name);
}

const asImage = (path: string) => `driver=vpc,force_size_calc=current_size,file.filename=${path}`;
/** Same bytes and the same size: qemu-img warns of a different one. */
async function sameAsVhd(vhd: string, raw: string): Promise<void> {
  const said = await qemuImg('compare', '--image-opts', asImage(vhd), `driver=raw,file.filename=${raw}`);
  expect(said).toBe('Images are identical.\n');
}

async function sameAsQcow2(qcow2: string, raw: string): Promise<void> {
  const said = await qemuImg('compare', '-f', 'qcow2', '-F', 'raw', qcow2, raw);
  expect(said).toBe('Images are identical.\n');
}

interface Answer {
  readonly status: number | undefined;
  readonly location: string | undefined;
}

function http(method: string, path: string, headers = {}, body?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, pool.url),
      { method, headers, rejectUnauthorized: false },
      (response) => {
        response.resume();
        resolve({ status: response.statusCode, location: response.headers.location });
        sent.destroy();
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('export_raw_vdi', () => {
  it('streams raw disks byte for byte', async () => {
    await write(disk, 3 * MIB, 7);
    const path = await download('whole.raw', { vdi: disk });
    expect((await readFile(path)).equals(await readFile(await truth(disk)))).toBe(true);
  });

  it('streams VHDs that qemu-img reads, with only the blocks that hold data', async () => {
    await write(disk, 3 * MIB, 7);
    const path = await download('whole.vhd', { vdi: await uuidOf(disk), format: 'vhd' });
    await sameAsVhd(path, await truth(disk));
    expect((await stat(path)).size).toBe(2048 + 512 + 512 + 2 * MIB + 512);
    expect((await readFile(path)).toString('latin1', 28, 32)).toBe('caml');
  });

  it('streams the difference to a base in whole blocks, as a differencing VHD', async () => {
    await write(disk, 0, 1);
    await write(disk, 5 * MIB, 2);
    const base = await snapshot();
    await write(disk, 5 * MIB + 65_536, 3);
    const newer = await snapshot();
    const path = await download('difference.vhd', { vdi: newer, base, format: 'VHD' });
    const bytes = await readFile(path);
    expect(bytes.readUInt32BE(60)).toBe(4);
    expect(bytes.toString('hex', 512 + 40, 512 + 56)).toBe((await uuidOf(base)).replaceAll('-', ''));
    const table = [0, 1, 2, 3].map((block) => bytes.readUInt32BE(2048 + block * 4) !== 0xffff_ffff);
    expect(table).toEqual([false, false, true, false]);
    const content = await readFile(await truth(newer));
    expect(bytes.subarray(2048 + 512 + 512, -512).equals(content.subarray(4 * MIB, 6 * MIB))).toBe(true);
  });

  describe('of disks that are stored as qcow2', () => {
    const named = async (name: string) => ((await xapi.call('VDI.get_by_name_label', name)) as string[])[0];

    it.each([8 * MIB, 3 * MIB + 512, 1100 * MIB])('streams %i bytes as an image', async (size) => {
      const vdi = await createQcow2(size);
      await write(vdi, 0, 7);
      await write(vdi, 2 * MIB + 65_536, 8);
      await write(vdi, Math.floor(size / 512 - 1) * 512, 9, 512);
      const path = await download('whole.qcow2', { vdi: await uuidOf(vdi), format: 'QCOW2' });
      await demandSound(path, 'qcow2');
      expect((await qemuInfo(path, 'qcow2'))['virtual-size']).toBe((await stat(await truth(vdi))).size);
      await sameAsQcow2(path, await truth(vdi));
    });

    it('streams an empty one, and a demo disk of odd size, with only what is allocated', async () => {
      const empty = await download('empty.qcow2', { vdi: await createQcow2(MIB), format: 'qcow2' });
      await demandSound(empty, 'qcow2');
      expect((await stat(empty)).size).toBe(4 * 65_536);
      const odd = await named('gateway-01 flash');
      const path = await download('odd.qcow2', { vdi: odd, format: 'qcow2' });
      await demandSound(path, 'qcow2');
      await sameAsQcow2(path, await truth(odd));
      expect((await stat(path)).size).toBeLessThan((await stat(await truth(odd))).size);
    });

    it('streams what differs from a base, zeros included; laid over the base it is the disk', async () => {
      const vdi = await createQcow2(8 * MIB);
      for (const at of [0, 1, 2, 3]) await write(vdi, at * MIB, 1);
      const base = await snapshot(vdi);
      await write(vdi, MIB, 0);
      await write(vdi, 2 * MIB, 1);
      await write(vdi, 5 * MIB, 5);
      const newer = await snapshot(vdi);
      const path = await download('difference.qcow2', { vdi: newer, base, format: 'qcow2' });
      await demandSound(path, 'qcow2');
      const map = await qemuImg('map', '--output=json', '-f', 'qcow2', path);
      const allocated = (JSON.parse(map) as { start: number; length: number; data: boolean }[])
        .filter(({ data }) => data)
        .map(({ start, length }) => [start, length]);
      expect(allocated).toEqual([
        [MIB, 65_536],
        [5 * MIB, 65_536],
      ]);
      await qemuImg('rebase', '-u', '-f', 'qcow2', '-F', 'raw', '-b', await truth(base), path);
      await sameAsQcow2(path, await truth(newer));
    });

    it('fails its task when the base is no qcow2', async () => {
      const query = { vdi: await createQcow2(MIB), base: await snapshot(), format: 'qcow2' };
      await expect(download('mixed.qcow2', query)).rejects.toMatchObject({ code: 'VDI_IO_ERROR' });
    });
  });

  it('is redirected to the host that sees the storage', async () => {
    const local = await create('Local storage on xcp-demo-2', 2 * MIB);
    await write(local, 0, 9);
    const query = new URLSearchParams({ vdi: local, session_id: xapi.sessionId }).toString();
    const { status, location } = await http('GET', `/export_raw_vdi?${query}`);
    expect(status).toBe(302);
    expect(new URL(location!).searchParams.get('session_id')).toBe(xapi.sessionId);
    const path = await download('local.raw', { vdi: local });
    expect((await readFile(path)).equals(await readFile(await truth(local)))).toBe(true);
  });

  it('fails after its headers: the body ends early, with a second answer inside, and the task tells why', async () => {
    await write(disk, 0, 1);
    await control(xapi, 'fault', { json: '{"kind":"export-breaks","afterBytes":1000}' });
    await expect(download('broken.raw', { vdi: disk })).rejects.toMatchObject({ code: 'VDI_IO_ERROR' });
    const body = await readFile(file('broken.raw'));
    expect(body.toString('latin1', 1000)).toMatch(/^HTTP\/1\.1 500 /);
    const base = await create('NFS virtual disks', 2 * MIB);
    await xapi.callAsync('VDI.enable_cbt', disk);
    const purged = await snapshot();
    await xapi.callAsync('VDI.data_destroy', purged);
    const queries: Record<string, string>[] = [{ vdi: purged }, { vdi: disk, base: purged, format: 'vhd' }];
    for (const query of queries) {
      await expect(download('purged', query)).rejects.toMatchObject({ code: 'VDI_INCOMPATIBLE_TYPE' });
    }
    const [archive] = (await xapi.call('VDI.get_by_name_label', 'archive-01 data')) as string[];
    const large = await snapshot(archive);
    await expect(download('large', { vdi: large, format: 'vhd' })).rejects.toMatchObject({
      code: 'VDI_TOO_LARGE',
    });
    await xapi.call('VDI.destroy', base);
  });

  it('answers 404 for formats it lacks and 401 without a session, and fails the task', async () => {
    const task = (await xapi.call('task.create', 'mine', '')) as string;
    const session_id = xapi.sessionId;
    const get = (query: Record<string, string>) =>
      http('GET', `/export_raw_vdi?${new URLSearchParams(query).toString()}`);
    expect((await get({ vdi: disk, session_id, format: 'qcow2', task_id: task })).status).toBe(404);
    expect(await xapi.getField('task', task, 'status')).toBe('failure');
    expect((await get({ vdi: disk, session_id: 'OpaqueRef:no' })).status).toBe(401);
    const basic = {
      authorization: `Basic ${Buffer.from(`${pool.user}:${pool.password}`).toString('base64')}`,
    };
    expect((await http('GET', `/export_raw_vdi?vdi=${disk}`, basic)).status).toBe(200);
    expect((await http('GET', `/export_raw_vdi?vdi=${disk}`)).status).toBe(401);
  });

  it('holds the disk until it is done', async () => {
    await xapi.call('VDI.destroy', disk);
    const again = await create('NFS virtual disks', 2 * MIB);
    await download('held.raw', { vdi: again });
    await xapi.call('VDI.destroy', again);
  });
});

describe('import_raw_vdi', () => {
  const upload = async (path: string, query: Record<string, string>) => {
    const { size } = await stat(path);
    const body = Object.assign(createReadStream(path), { length: size });
    return await xapi.putResource(body, '/import_raw_vdi', { query });
  };

  it('takes a raw image', async () => {
    await write(disk, 0, 5);
    const image = file('in.raw');
    await writeFile(
      image,
      Buffer.concat([Buffer.alloc(3 * MIB), Buffer.alloc(MIB, 6), Buffer.alloc(4 * MIB, 7)]),
    );
    expect(await upload(image, { vdi: disk })).toBe(disk);
    expect((await readFile(await truth(disk))).equals(await readFile(image))).toBe(true);
  });

  it("takes qemu-img's VHDs and lays a differencing one over what is there", async () => {
    await qemuImg('create', '-q', '-f', 'vpc', '-o', 'force_size=on', file('in.vhd'), String(8 * MIB));
    await qemuIo(file('in.vhd'), 'vpc', 'write -P 3 1M 64k', 'write -P 4 6M 512');
    await upload(file('in.vhd'), { vdi: disk, format: 'vhd' });
    await sameAsVhd(file('in.vhd'), await truth(disk));

    const base = await snapshot();
    await write(disk, 6 * MIB, 8);
    const newer = await snapshot();
    await download('in-difference.vhd', { vdi: newer, base, format: 'vhd' });
    const other = await create('NFS virtual disks', 8 * MIB);
    await upload(file('in.vhd'), { vdi: other, format: 'vhd' });
    await upload(file('in-difference.vhd'), { vdi: other, format: 'vhd' });
    expect((await readFile(await truth(other))).equals(await readFile(await truth(newer)))).toBe(true);
  });

  it('refuses chunked bodies, and fails the task for truncated and oversized images', async () => {
    const query = new URLSearchParams({ vdi: disk, session_id: xapi.sessionId }).toString();
    const chunked = { 'transfer-encoding': 'chunked' };
    expect((await http('PUT', `/import_raw_vdi?${query}`, chunked, Buffer.alloc(10))).status).toBe(404);
    expect((await http('PUT', `/import_raw_vdi?${query}`, { 'content-length': 0 })).status).toBe(200);
    await writeFile(file('bad.vhd'), Buffer.alloc(4096, 1));
    await expect(upload(file('bad.vhd'), { vdi: disk, format: 'vhd' })).rejects.toThrow();
    await writeFile(file('long.raw'), Buffer.alloc(9 * MIB, 1));
    await expect(upload(file('long.raw'), { vdi: disk })).rejects.toThrow();
  });
});

describe('NBD exports', () => {
  const open = async (vdi: string) => {
    const [network] = (await xapi.call('network.get_by_name_label', 'Storage and backup')) as string[];
    await xapi.call('network.remove_purpose', network, 'nbd');
    await xapi.call('network.add_purpose', network, 'insecure_nbd');
    const [info] = (await xapi.call('VDI.get_nbd_info', vdi)) as { port: number; exportname: string }[];
    const client = await TestClient.connect(info.port);
    return { client, size: (await client.open(info.exportname))?.readBigUInt64BE(0), info: info };
  };

  it('hold the disk by a VBD of the control domain that goes away late, and count what they serve', async () => {
    await xapi.callAsync('VDI.enable_cbt', disk);
    const older = await snapshot();
    const newer = await snapshot();
    const { client, size } = await open(newer);
    expect(size).toBe(BigInt(8 * MIB));
    const [vbd] = (await xapi.getField('VDI', newer, 'VBDs')) as string[];
    expect(await xapi.call('VBD.get_record', vbd)).toMatchObject({ mode: 'RO', currently_attached: true });
    await expect(xapi.callAsync('VDI.list_changed_blocks', older, newer)).rejects.toMatchObject({
      code: 'VDI_IN_USE',
      params: [newer, 'list_changed_blocks'],
    });
    await expect(xapi.callAsync('VDI.destroy', newer)).rejects.toMatchObject({ code: 'VDI_IN_USE' });
    await client.request(0, MIB, 65_536);
    expect(await client.reply()).toBe(0);
    await client.read(65_536);
    const vdi = await uuidOf(newer);
    expect(await control(xapi, 'nbd-stats', { vdi })).toEqual({
      connections: 1,
      reads: 1,
      bytes: 65_536,
      ranges: [{ offset: MIB, length: 65_536 }],
    });
    await client.request(2, 0, 0);
    const purged = xapi.callAsync('VDI.data_destroy', newer);
    await client.rest();
    await purged;
    expect(await xapi.getField('VDI', newer, 'VBDs')).toEqual([]);
    await control(xapi, 'reset-nbd-stats');
    expect(await control(xapi, 'nbd-stats', { vdi })).toMatchObject({ bytes: 0, ranges: [] });
  });

  it('open only with a live session and for disks with data', async () => {
    const taken = await snapshot();
    const { client, info } = await open(taken);
    await client.request(2, 0, 0);
    await client.rest();
    for (const name of [
      info.exportname.replace(/session_id=.*/, 'session_id=OpaqueRef:00000000-0000-0000-0000-000000000000'),
      '/nonsense',
      info.exportname.replace(/^\/[^?]+/, '/00000000-0000-4000-8000-000000000000'),
    ]) {
      const other = await TestClient.connect(info.port);
      expect(await other.open(name)).toBeUndefined();
      other.close();
    }
  });
});
