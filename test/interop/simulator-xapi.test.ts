import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { request, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { connectXapi, control, quickDemoPool, type XapiClient } from '../fixtures/demo-pool';

const run = promisify(execFile);
let pool: DemoPool;
let xapi: XapiClient;

beforeAll(async () => {
  pool = await quickDemoPool();
  xapi = await connectXapi(pool);
});

afterAll(async () => {
  await xapi.disconnect();
  await pool.close();
});

const byName = (type: string, name: string) =>
  Object.values(xapi.objects.all).find((object) => object.$type === type && object.name_label === name)!;

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A bare HTTPS request, for what clients hide. */
function post(path: string, body: string, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, pool.url),
      { method: 'POST', rejectUnauthorized: false, ...options },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({
            status: response.statusCode,
            headers: response.headers,
            body: Buffer.concat(parts).toString(),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const login = () =>
  JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'session.login_with_password',
    params: [pool.user, pool.password],
  });

describe.each(['json-rpc', 'xml-rpc'])('the xen-api package over %s', (transport) => {
  it('connects, caches every object and follows tasks and changes', async () => {
    const client = await connectXapi(pool, { transport });
    try {
      const vm = Object.values(client.objects.all).find((object) => object.name_label === 'web-01')!;
      expect(vm).toMatchObject({ $type: 'VM', power_state: 'Running', is_a_snapshot: false });
      expect(await client.getAllRecords('SR')).toHaveLength(4);
      const snapshot = (await client.callAsync('VM.snapshot', vm.$ref, `by ${transport}`)) as string;
      expect(await client.barrier(snapshot)).toMatchObject({
        name_label: `by ${transport}`,
        snapshot_of: vm.$ref,
      });
      const task = await client.createTask('mine');
      const watched = client.watchTask(task);
      await client.call('task.set_status', task, 'success');
      expect(await watched).toBe('');
      await expect(client.callAsync('VDI.destroy', vm.$ref)).rejects.toMatchObject({
        code: 'HANDLE_INVALID',
        params: ['VDI', vm.$ref],
      });
      await client.call('VM.destroy', snapshot);
      await client.barrier();
      expect(client.objects.all).not.toHaveProperty(snapshot);
    } finally {
      await client.disconnect();
    }
  });
});

describe("Python's XML-RPC client", () => {
  it('logs in, snapshots, lists changed blocks, purges and logs out', async () => {
    const script = join(import.meta.dirname, '../fixtures/xmlrpc-client.py');
    const { stdout } = await run('/usr/bin/python3', [script, pool.url, pool.user, pool.password]);
    const seen = JSON.parse(stdout) as Record<string, unknown>;
    const changed = Buffer.from(seen.changed as string, 'base64');
    expect(changed.length).toBe((8 * 1024 ** 3) / 65_536 / 8);
    expect([...changed.entries()].filter(([, byte]) => byte !== 0)).toEqual([[0, 0b0001_0000]]);
    expect(seen).toMatchObject({
      has_snapshot: true,
      bad_login: ['SESSION_AUTHENTICATION_FAILED', 'root', 'Authentication failure'],
      pool: 'Demo pool',
      size: String(8 * 1024 ** 3),
      failed: ['failure', 'SR_BACKEND_FAILURE_460', 1],
      events: [['vm', 'add']],
      event_has_snapshot: true,
      void: '',
      purged: ['cbt_metadata', true, true],
      after_logout: 'SESSION_INVALID',
    });
    expect(seen.token).toMatch(/^\d{20},\d{20}$/);
    expect(seen.snapshot_time).toMatch(/^\d{8}T\d\d:\d\d:\d\dZ$/);
    const addresses = (seen.nbd as string[][]).map(([address]) => address);
    const { hostname } = new URL(pool.url);
    expect(addresses).toEqual([hostname, 'fd00:de30::1/64', expect.any(String), 'fd00:de30::2/64']);
    for (const [, port, name] of seen.nbd as string[][]) {
      expect([port, name]).toEqual([
        expect.stringMatching(/^\d+$/),
        expect.stringMatching(/^\/[0-9a-f-]{36}$/),
      ]);
    }
  });
});

describe('HTTPS', () => {
  it('answers with exact content types, on any path but /jsonrpc in XML', async () => {
    const json = await post('/jsonrpc', login());
    expect([json.status, json.headers['content-type']]).toEqual([200, 'application/json']);
    for (const path of ['/', '/RPC2', '/xmlrpc', '/RPC2/']) {
      const xml = await post(path, '<methodCall><methodName>system.listMethods</methodName></methodCall>');
      expect([xml.status, xml.headers['content-type']]).toEqual([200, 'text/xml']);
      expect(xml.body).toContain('<methodResponse><params><param><value><array>');
    }
  });

  it('answers 500 to what is no call, and to bodies over 300 KiB', async () => {
    expect((await post('/jsonrpc', 'nonsense')).status).toBe(500);
    expect((await post('/', '<nonsense')).status).toBe(500);
    const long = await post('/jsonrpc', login().padEnd(301 * 1024, ' '));
    expect(long.status).toBe(500);
    expect((await post('/nothing', '', { method: 'GET' })).status).toBe(404);
  });

  it('has one certificate per host, and the supporter names the master and its thumbprint', async () => {
    expect(pool.fingerprint).toBe(new X509Certificate(pool.certPem).fingerprint256);
    const [master, supporter] = await Promise.all(
      (await xapi.getAllRecords('host'))
        .sort((a) => (a.$ref === xapi.pool.master ? -1 : 1))
        .map(async (host) => ({
          address: host.address as string,
          pem: (await xapi.call('host.get_server_certificate', host.$ref)) as string,
        })),
    );
    expect(master.pem).toBe(pool.certPem);
    expect(supporter.pem).not.toBe(pool.certPem);
    const url = new URL('/jsonrpc', pool.url);
    url.hostname = supporter.address;
    const answer = await post(url.href, login(), {
      headers: { 'x-xenapi-request-host-certificate-thumbprint': 'sha-256:master' },
    });
    expect(JSON.parse(answer.body)).toMatchObject({
      error: { message: 'HOST_IS_SLAVE', data: [master.address] },
    });
    const digest = createHash('sha256').update(new X509Certificate(pool.certPem).raw).digest('hex');
    const header = answer.headers['x-xenapi-response-host-certificate-thumbprint'] as string;
    expect(header.replaceAll(':', '').toLowerCase()).toBe(digest);
  });

  it('lets a client of the supporter find the master', async () => {
    const hosts = await xapi.getAllRecords('host');
    const url = new URL(pool.url);
    url.hostname = hosts.find((host) => host.$ref !== xapi.pool.master)!.address as string;
    const client = await connectXapi({ ...pool, url: url.origin }, { watchEvents: ['pool'] });
    expect(client.pool.uuid).toBe(xapi.pool.uuid);
    await client.disconnect();
  });
});

describe('the control plug-in', () => {
  it('lets a guest work, and only its disks change', async () => {
    const vm = byName('VM', 'db-01');
    const disk = byName('VDI', 'db-01 data');
    const older = (await xapi.call('VDI.snapshot', disk.$ref, {})) as string;
    const { bytesWritten } = await control<{ bytesWritten: number }>(xapi, 'guest-activity', {
      vm: vm.uuid,
      seed: '7',
    });
    expect(bytesWritten).toBeGreaterThan(1024 * 1024);
    const newer = (await xapi.call('VDI.snapshot', disk.$ref, {})) as string;
    const bitmap = (await xapi.callAsync('VDI.list_changed_blocks', older, newer)) as string;
    expect(Buffer.from(bitmap, 'base64').some((byte) => byte !== 0)).toBe(true);
    for (const vdi of [older, newer]) await xapi.call('VDI.destroy', vdi);
  });

  it('finds what is left over, and no longer what was removed', async () => {
    const uuids = async () =>
      (await control<{ class: string; uuid: string }[]>(xapi, 'leftovers'))
        .filter((each) => each.class !== 'task')
        .map(({ uuid }) => uuid)
        .sort();
    const before = await uuids();
    const taken = (await xapi.call('VDI.snapshot', byName('VDI', 'web-01 system').$ref, {})) as string;
    const uuid = (await xapi.getField('VDI', taken, 'uuid')) as string;
    expect(await uuids()).toEqual([...before, uuid].sort());
    await xapi.call('VDI.destroy', taken);
    expect(await uuids()).toEqual(before);
  });

  it('arranges faults and says what it does not understand', async () => {
    const fault = (json: object) => control(xapi, 'fault', { json: JSON.stringify(json) });
    await fault({ kind: 'call-error', method: 'VM.get_all', code: 'VDI_IN_USE', params: ['a'], count: 1 });
    await expect(xapi.call('VM.get_all', 1)).rejects.toMatchObject({ code: 'VDI_IN_USE' });
    await fault({ kind: 'nbd-info', instead: { address: '127.0.0.9', port: 1 } });
    const disk = byName('VDI', 'web-01 system').$ref;
    expect(await xapi.call('VDI.get_nbd_info', disk)).toMatchObject(
      Array(4).fill({ address: '127.0.0.9', port: 1 }),
    );
    expect(await xapi.call('VDI.get_nbd_info', disk)).toMatchObject([{ address: '127.0.0.1' }, {}, {}, {}]);
    await fault({ kind: 'cbt-lost', vdi: byName('VDI', 'files-01 C').uuid });
    expect(await xapi.getField('VDI', byName('VDI', 'files-01 C').$ref, 'cbt_enabled')).toBe(false);
    await fault({ kind: 'drop-call', method: 'VM.start', count: 1 });
    await expect(xapi.call('VM.start', 'x', false, false)).rejects.toThrow();
    await control(xapi, 'clear-faults');
    await expect(fault({ kind: 'unknown' })).rejects.toMatchObject({ code: 'XENAPI_PLUGIN_FAILURE' });
    await expect(control(xapi, 'no-such-function')).rejects.toMatchObject({ code: 'XENAPI_PLUGIN_FAILURE' });
  });

  it('expires all sessions, after which a client logs in again', async () => {
    const before = xapi.sessionId;
    await control(xapi, 'expire-sessions');
    await xapi.call('pool.get_all');
    expect(xapi.sessionId).not.toBe(before);
  });
});

describe('a pool with a past', () => {
  it('starts with snapshots that differ and one that is reduced to change metadata', async () => {
    const old = await quickDemoPool({ history: true });
    const client = await connectXapi(old, { watchEvents: ['pool', 'task'] });
    try {
      const all = await client.getAllRecords('VDI');
      const live = all.find((vdi) => vdi.name_label === 'web-01 system' && vdi.is_a_snapshot === false)!;
      const snapshots = all
        .filter((vdi) => vdi.snapshot_of === live.$ref)
        .sort((a, b) => ((a.snapshot_time as string) < (b.snapshot_time as string) ? -1 : 1));
      expect(snapshots.map((vdi) => vdi.type)).toEqual(['cbt_metadata', 'user', 'user', 'user']);
      for (const [index, newer] of snapshots.slice(1).entries()) {
        const bitmap = await client.callAsync('VDI.list_changed_blocks', snapshots[index].$ref, newer.$ref);
        expect(Buffer.from(bitmap as string, 'base64').some((byte) => byte !== 0)).toBe(true);
      }
      const left = await control<{ class: string }[]>(client, 'leftovers');
      expect(left.filter((each) => each.class !== 'task')).toEqual([]);
    } finally {
      await client.disconnect();
      await old.close();
    }
  });
});

describe('a large pool', () => {
  it('lists thousands of VMs', async () => {
    const large = await quickDemoPool({ vmCount: 3000 });
    const client = await connectXapi(large, { watchEvents: ['pool', 'task'] });
    try {
      expect(await client.getAllRecords('VM')).toHaveLength(3009);
    } finally {
      await client.disconnect();
      await large.close();
    }
  });
});
