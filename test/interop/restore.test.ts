import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cleanLeftovers, leftovers } from '../../src/main/engine/cbt';
import {
  restoreExport,
  type RestoreHooks,
  type RestoreWish,
} from '../../src/main/engine/library/restore/restore';
import { vhdUpload } from '../../src/main/engine/image/vhd/upload';
import { uploadBody } from '../../src/main/engine/library/restore/upload-body';
import type { PoolConnection } from '../../src/main/engine/xapi';
import { BlockBitmap } from '../../src/shared/blocks/bitmap';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import type { RestoredDisk } from '../../src/shared/model/library-operation';
import { unwrap, type Result } from '../../src/shared/model/result';
import { bundled, deltascope } from '../fixtures/cli';
import { quickDemoPool } from '../fixtures/demo-pool';
import { hashRange } from '../fixtures/changes';
import { differences, exportChain } from '../fixtures/exported-chain';
import { imageOf, runExport, truthOf } from '../fixtures/exporting';
import { qemuImg } from '../fixtures/qemu-img';
import { memorySource } from '../fixtures/file-source';
import { libvhdi } from '../fixtures/libvhdi';
import { pattern } from '../fixtures/image-source';
import { act, connectTo, fault, vm } from '../fixtures/pool-connection';
import { tempDir } from '../fixtures/temp-dir';

const run = promisify(execFile);
const MIB = 1024 * 1024;
const KIB64 = 65_536;
const SIZE = 8 * MIB + 1536;

/** A full; then a block that becomes zero, one changed sector and the short end; then the disk grows. */
function states(): Buffer[] {
  const first = Buffer.alloc(SIZE);
  pattern(MIB, 1).copy(first, 0);
  pattern(KIB64, 2).copy(first, 5 * MIB);
  pattern(1536, 3).copy(first, SIZE - 1536);
  const second = Buffer.from(first);
  second.fill(0, 3 * KIB64, 4 * KIB64);
  second.fill(0, 5 * MIB, 5 * MIB + KIB64);
  second.fill(0x5a, MIB - 512, MIB);
  second.fill(0xa5, SIZE - 512);
  const third = Buffer.concat([second, Buffer.alloc(24 * MIB - SIZE)]);
  third.fill(0x77, 9 * MIB, 9 * MIB + 700);
  return [first, second, third];
}

let demo: DemoPool;
let connection: PoolConnection;
const dir = tempDir();

beforeAll(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
});
afterEach(async () => {
  await act(connection, 'clear-faults');
  unwrap(await connection.refresh());
  expect(
    connection.ourObjects().filter(({ kind }) => kind !== 'disk-snapshot' && kind !== 'vm-snapshot'),
  ).toEqual([]);
  expect(await tasks()).toEqual({});
});
afterAll(async () => {
  await connection.close();
  await demo.close();
  dir.remove();
});

const storage = (type: string) => connection.inventory().storages.find((one) => one.type === type)!;
const diskUuids = async () => {
  unwrap(await connection.refresh());
  return connection
    .inventory()
    .disks.map(({ uuid }) => uuid)
    .sort();
};
const tasks = async () => {
  const records = z.record(z.string(), z.object({ name_label: z.string() }));
  const all = Object.entries(unwrap(await connection.call(records, 'task.get_all_records', [])));
  return Object.fromEntries(all.filter(([, { name_label: name }]) => name.startsWith('Deltascope')));
};

function restore(
  manifest: string,
  wish: Partial<RestoreWish> = {},
  hooks: Partial<RestoreHooks> = {},
): Promise<Result<RestoredDisk>> {
  return restoreExport(
    connection,
    manifest,
    { storageUuid: storage('nfs').uuid, prove: true, ...wish },
    {
      progress: () => undefined,
      signal: new AbortController().signal,
      jobsFolder: join(dir.path, 'jobs'),
      workerFile: bundled('library-worker.js'),
      ...hooks,
    },
  );
}

/** As curl downloads it from the host, and as the pool itself holds it. */
async function contentOf(uuid: string): Promise<Buffer> {
  const dump = readFileSync(await truthOf(connection, uuid, dir.path));
  const file = join(dir.path, `${uuid}.curl`);
  const query = `vdi=${uuid}&format=raw`;
  await run('curl', [
    '--silent', '--show-error', '--fail', '--location-trusted', '--insecure',
    '--user', `${demo.user}:${demo.password}`, '--output', file, `${demo.url}/export_raw_vdi?${query}`,
  ]); // prettier-ignore
  expect(readFileSync(file).equals(dump)).toBe(true);
  return dump;
}

/** The new disk is the state, and zero in what the storage added. */
async function demandState({ diskUuid, newSizeBytes }: RestoredDisk, state: Buffer): Promise<void> {
  const content = await contentOf(diskUuid);
  expect(content.length).toBe(newSizeBytes);
  expect(content.subarray(0, state.length).equals(state)).toBe(true);
  expect(content.subarray(state.length).every((byte) => byte === 0)).toBe(true);
}

describe.each(['vhd', 'qcow2', 'raw'] as const)('a chain of %s', (format) => {
  let manifests: string[];
  beforeAll(async () => {
    const folder = join(dir.path, format);
    mkdirSync(folder);
    manifests = (await exportChain(folder, format, states())).map((written) => written.manifestPath);
  });

  it('is restored in each of its states, to storage of either host', async () => {
    const before = await diskUuids();
    for (const [at, state] of states().entries()) {
      // `ext` is local to the second host: the master redirects, and that host has a certificate of its own.
      const restored = unwrap(
        await restore(manifests[at], { storageUuid: storage(at === 1 ? 'ext' : 'nfs').uuid }),
      );
      expect(restored).toMatchObject({
        sizeBytes: state.length,
        provedBytes: restored.newSizeBytes,
        diskName: `data as of 2026-01-01 0${at}:00 UTC`,
      });
      expect(restored.newSizeBytes % (2 * MIB)).toBe(0);
      await demandState(restored, state);
      unwrap(await connection.refresh());
      const made = connection.inventory().disks.find(({ uuid }) => uuid === restored.diskUuid)!;
      expect(made).toMatchObject({
        name: restored.diskName,
        sizeBytes: restored.newSizeBytes,
        attachments: [],
      });
    }
    expect((await diskUuids()).filter((uuid) => before.includes(uuid))).toEqual(before);
  });

  it('is not restored when it is damaged', async () => {
    const before = await diskUuids();
    const image = imageOf(manifests[0]);
    const bytes = readFileSync(image);
    const place = bytes.indexOf(pattern(MIB, 1).subarray(500_000, 500_100));
    const damaged = Buffer.from(bytes);
    damaged[place] ^= 4;
    writeFileSync(image, damaged);
    try {
      const result = await restore(manifests[format === 'raw' ? 0 : 2]);
      expect(result).toMatchObject({ ok: false, failure: { code: 'image-block-damaged' } });
      expect(await diskUuids()).toEqual(before);
    } finally {
      writeFileSync(image, bytes);
    }
  });
});

describe('the VHD that is uploaded', () => {
  it.each([0, 1, 2])('is the disk to qemu, with the length that was said (state %i)', async (at) => {
    const state = states()[at];
    const used = new BlockBitmap(differences(Buffer.alloc(state.length), state), state.length);
    const upload = vhdUpload(state.length, used);
    const file = join(dir.path, `upload-${at}.vhd`);
    const signal = new AbortController().signal;
    const hooks = { signal, onSent: () => undefined, onFailure: () => undefined };
    await writeFile(file, uploadBody(upload, memorySource(state), hooks));
    expect(statSync(file).size).toBe(upload.contentLength);
    const raw = join(dir.path, `upload-${at}.raw`);
    writeFileSync(raw, state);
    await qemuImg('compare', '-f', 'raw', '-F', 'vpc', raw, file);
    const { hashes, images } = await libvhdi([file], [[0, state.length]]);
    expect(images[0].sizeBytes).toBe(state.length);
    expect(hashes).toEqual([hashRange(raw, 0, state.length)]);
  });
});

describe('a restore', () => {
  let manifest: string;
  const [, , state] = states();
  beforeAll(async () => {
    const folder = join(dir.path, 'one');
    mkdirSync(folder);
    manifest = (await exportChain(folder, 'qcow2', [state]))[0].manifestPath;
  });

  it('sends only what is in use, where that is less', async () => {
    const sparse = unwrap(await restore(manifest));
    expect(sparse).toMatchObject({ format: 'vhd', formatReason: expect.stringContaining('empty') });
    expect(sparse.sentBytes).toBeLessThan(9 * MIB);
    const folder = join(dir.path, 'full');
    mkdirSync(folder);
    const full = pattern(4 * MIB, 9);
    const [{ manifestPath }] = await exportChain(folder, 'vhd', [full]);
    const whole = unwrap(await restore(manifestPath, { name: 'whole', prove: false }));
    expect(whole).toMatchObject({ format: 'raw', sentBytes: 4 * MIB, diskName: 'whole' });
    expect(whole).not.toHaveProperty('provedBytes');
    await demandState(whole, full);
  });

  it('leaves no disk when the storage has no space, at the beginning', async () => {
    const before = await diskUuids();
    const [code, params] = ['SR_BACKEND_FAILURE_44', ['', 'There is insufficient space', '']];
    await fault(connection, { kind: 'call-error', method: 'VDI.create', code, params });
    expect(await restore(manifest)).toMatchObject({ ok: false, failure: { code: 'storage-full' } });
    expect(await diskUuids()).toEqual(before);
  });

  it.each(['sending', 'proving'] as const)('leaves no disk when it is cancelled while %s', async (when) => {
    const before = await diskUuids();
    const cancel = new AbortController();
    const result = await restore(
      manifest,
      {},
      {
        signal: cancel.signal,
        progress: (step) => step === when && cancel.abort(),
      },
    );
    expect(result).toMatchObject({ ok: false, failure: { code: 'cancelled' } });
    expect(await diskUuids()).toEqual(before);
  });

  it('reads back once more when the host breaks off, and gives up when it does again', async () => {
    await fault(connection, { kind: 'export-breaks', afterBytes: MIB });
    await demandState(unwrap(await restore(manifest)), state);
    const before = await diskUuids();
    await fault(connection, { kind: 'export-breaks', afterBytes: MIB, count: 2 });
    expect(await restore(manifest)).toMatchObject({ ok: false });
    expect(await diskUuids()).toEqual(before);
  });

  it('says that the disk stayed when it cannot be removed, and it is then a leftover', async () => {
    const cancel = new AbortController();
    await fault(connection, {
      kind: 'call-error',
      method: 'VDI.destroy',
      code: 'SR_BACKEND_FAILURE_46',
      params: ['', 'no', ''],
      count: 3,
    });
    const result = await restore(manifest, {}, { signal: cancel.signal, progress: () => cancel.abort() });
    expect(result).toMatchObject({ ok: false, failure: { code: 'restored-disk-left-behind' } });
    const found = unwrap(await leftovers(connection, { activeJobIds: new Set() }));
    expect(found.map(({ kind }) => kind)).toEqual(['unfinished-disk']);
    // A copy that somebody makes of it has its marks, and is none of ours.
    const ref = unwrap(await connection.reference('VDI', found[0].uuid));
    const copy = unwrap(await connection.callAsync(z.string(), 'VDI.clone', [ref, {}]));
    expect(unwrap(await leftovers(connection, { activeJobIds: new Set() }))).toEqual(found);
    for (const { result: cleaned } of await cleanLeftovers(connection, found)) unwrap(cleaned);
    const copyUuid = unwrap(await connection.call(z.string(), 'VDI.get_uuid', [copy]));
    expect(await diskUuids()).toContain(copyUuid);
    const [refused] = await cleanLeftovers(connection, [{ ...found[0], uuid: copyUuid }]);
    expect(refused.result).toMatchObject({ ok: false, failure: { code: 'not-ours' } });
    unwrap(await connection.callAsync(z.unknown(), 'VDI.destroy', [copy]));
  });

  it('is found by leftovers after the process was killed, and only then removed', async () => {
    const before = await diskUuids();
    const home = join(dir.path, 'home');
    const pool = ['--pool', demo.url, '--user', demo.user, '--fingerprint', demo.fingerprint, '--json'];
    const env = { DELTASCOPE_PASSWORD: demo.password, DELTASCOPE_HOME: home };
    // It waits there until it is killed.
    const method = 'host.get_server_certificate';
    await fault(connection, { kind: 'hold-call', method });
    const killed = await deltascope(['restore', manifest, '--sr', storage('ext').uuid, ...pool], {
      env,
      onStarted: async (kill) => {
        while (!connection.ourObjects().some(({ kind }) => kind === 'unfinished-disk'))
          unwrap(await connection.refresh());
        const whole = await diskUuids();
        const meanwhile = await deltascope(['leftovers', '--clean', '--all', ...pool], { env });
        expect(meanwhile).toMatchObject({ code: 0, stdout: '' });
        expect(await diskUuids()).toEqual(whole);
        kill('SIGKILL');
      },
    });
    expect(killed.code).toBe(null);
    const left = await deltascope(['leftovers', ...pool], { env });
    const kinds = left.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(kinds[0]).toMatchObject({ event: 'leftover', kind: 'unfinished-disk', mayBeElsewhere: false });
    expect(kinds.slice(1).every(({ kind }) => kind === 'task')).toBe(true);
    const cleaned = await deltascope(['leftovers', '--clean', ...pool], { env });
    expect(cleaned).toMatchObject({ code: 0 });
    expect(await diskUuids()).toEqual(before);
  });

  it('runs from the command line', async () => {
    const pool = ['--pool', demo.url, '--user', demo.user, '--fingerprint', demo.fingerprint];
    const env = { DELTASCOPE_PASSWORD: demo.password, DELTASCOPE_HOME: join(dir.path, 'home') };
    const name = storage('nfs').name;
    const done = await deltascope(['restore', manifest, '--sr', name, '--name', 'back', ...pool, '--json'], {
      env,
    });
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const event = JSON.parse(done.stdout) as RestoredDisk & { event: string };
    expect(event).toMatchObject({ event: 'done', diskName: 'back', storageName: name });
    await demandState(event, state);
    const words = await deltascope(['restore', manifest, '--sr', name, '--no-prove', ...pool], { env });
    expect(words.stdout).toContain('equality is not proved');
    expect((await deltascope(['restore', manifest, ...pool], { env })).code).toBe(2);
    expect((await deltascope(['restore', manifest, '--sr', 'nowhere', ...pool], { env })).code).toBe(1);
  });

  it('brings back what a snapshot of the pool held, by an increment on a full', async () => {
    const { uuid, diskUuids } = vm(connection, 'db-01');
    const targetFolder = join(dir.path, 'pool');
    const wish: Parameters<typeof runExport>[1] = { diskUuids: [diskUuids[0]], targetFolder, after: 'keep' };
    const full = await runExport(connection, wish);
    await act(connection, 'guest-activity', { vm: uuid });
    const increment = await runExport(connection, wish);
    expect([full.manifest.mode, increment.manifest.mode]).toEqual(['full', 'cbt']);
    const { diskUuid } = unwrap(await restore(increment.manifestPath));
    const truth = await truthOf(connection, increment.manifest.snapshot.uuid, dir.path);
    const dump = await truthOf(connection, diskUuid, dir.path);
    await qemuImg('compare', '-f', 'raw', '-F', 'raw', truth, dump);
  });
});
