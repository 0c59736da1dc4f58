import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import { planExport } from '../../src/main/engine/export/plan/plan-export';
import { finishSnapshot, setCbtEnabled } from '../../src/main/engine/cbt';
import type { PoolConnection, RawExport, RawExportRequest } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import type { ExportRequest } from '../../src/shared/model/export-plan';
import { unwrap } from '../../src/shared/model/result';
import { attachForWriting } from '../fixtures/attach-for-writing';
import { beforeSnapshot } from '../fixtures/before-snapshot';
import { quickDemoPool } from '../fixtures/demo-pool';
import {
  filesIn,
  memoryFolder,
  readManifestFile,
  runExport,
  servedRanges,
  truthOf,
} from '../fixtures/exporting';
import { JobsOverRuns } from '../fixtures/interrupted-export';
import { judgeExport } from '../fixtures/judge-export';
import { act, connectTo, disk, fault, vm } from '../fixtures/pool-connection';

const KIB64 = 65_536;
const MIB2 = 2 * 1024 * 1024;
const folder = memoryFolder();
let demo: DemoPool;
let connection: PoolConnection;
let count = 0;
let targetFolder: string;

beforeEach(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
  targetFolder = join(folder.path, String(++count));
});
afterEach(async () => {
  await connection.close();
  await demo.close();
});
afterAll(() => folder.remove());

/** A VHD; `flash` is a qcow2. */
const web = () => disk(connection, 'web-01 system');
const flash = () => disk(connection, 'gateway-01 flash');
const writeTo = (vdi: string, offset: number, byte: number) =>
  act(connection, 'write', {
    vdi,
    offset: String(offset),
    data: Buffer.alloc(512, byte).toString('base64'),
  });

/** Takes NBD away from the pool's networks, as an admin might. */
async function withoutNbd(): Promise<void> {
  const refs = unwrap(await connection.call(z.array(z.string()), 'network.get_all', []));
  for (const ref of refs) {
    for (const purpose of unwrap(await connection.call(z.array(z.string()), 'network.get_purpose', [ref])))
      unwrap(await connection.call(z.unknown(), 'network.remove_purpose', [ref, purpose]));
  }
  unwrap(await connection.refresh());
  expect(connection.inventory().nbdAccess).toBe('none');
}

/** Takes a disk from its VM, which is halted, and destroys it; its snapshots stay. */
async function destroyDisk(uuid: string): Promise<void> {
  const call = async (method: string, ref: string) =>
    unwrap(await connection.callAsync(z.unknown(), method, [ref]));
  const vdi = unwrap(await connection.reference('VDI', uuid));
  for (const vbd of unwrap(await connection.call(z.array(z.string()), 'VDI.get_VBDs', [vdi])))
    unwrap(await connection.call(z.unknown(), 'VBD.destroy', [vbd]));
  await call('VDI.destroy', vdi);
}

const plan = async (wish: Partial<ExportRequest>) =>
  unwrap(
    await planExport(connection, {
      poolId: connection.poolUuid,
      diskUuids: [flash().uuid],
      targetFolder,
      format: 'vhd',
      mode: 'auto',
      base: 'auto',
      after: 'keep',
      skipUnchanged: true,
      ...wish,
    }),
  );

describe.each(['vhd', 'qcow2', 'raw'] as const)('%s', (format) => {
  it('comparison of snapshots: the host names 2 MiB blocks, NBD brings them, equal ones are left out', async () => {
    const wish = { diskUuids: [web().uuid], targetFolder, format, after: 'keep' as const };
    await runExport(connection, wish);
    unwrap(await setCbtEnabled(connection, [web().uuid], false).then(([change]) => change.result));
    await writeTo(web().uuid, 5 * MIB2 + 3 * KIB64, 9);
    const increment = await runExport(connection, wish);
    expect(increment.manifest.mode).toBe('compare');
    expect(increment.manifest.reason).toContain('Changed block tracking is off');
    expect(await servedRanges(connection, increment.manifest.snapshot.uuid)).toEqual([[5 * MIB2, MIB2]]);
    expect(increment.manifest.bytes).toMatchObject({ written: KIB64, equal: MIB2 - KIB64 });
    expect(increment.manifest.compared).toBe(true);
    await judgeExport(format, increment, await truthOf(connection, web().uuid, folder.path));
  });

  it('the pool’s own stream, full and as an increment, when there is no NBD', async () => {
    await withoutNbd();
    const wish = { diskUuids: [web().uuid], targetFolder, format, after: 'keep' as const };
    const full = await runExport(connection, wish);
    expect(full.job.failure).toBeUndefined();
    expect(full.manifest).toMatchObject({ mode: 'stream' });
    expect(full.manifest.parent).toBeUndefined();
    expect(full.manifest.reason).toContain('No network of the pool is set up for NBD');
    await judgeExport(format, full, await truthOf(connection, web().uuid, folder.path));
    await writeTo(web().uuid, 7 * MIB2, 1);
    const increment = await runExport(connection, wish);
    expect(increment.manifest.parent?.id).toBe(full.manifest.id);
    expect(increment.manifest.bytes).toMatchObject({ changed: MIB2, written: KIB64 });
    await judgeExport(format, increment, await truthOf(connection, web().uuid, folder.path));
  });
});

describe('a disk that is stored as qcow2', () => {
  const keptQcow2 = () => ({
    diskUuids: [flash().uuid],
    targetFolder,
    format: 'qcow2' as const,
    after: 'keep' as const,
  });

  it('comparison of snapshots: the host names clusters of 64 KiB, those that became zeros too', async () => {
    const wish = keptQcow2();
    await writeTo(flash().uuid, 40 * KIB64, 3);
    const full = await runExport(connection, wish);
    expect(full.log.join('\n')).toContain('gateway-01 flash: The host’s qcow2 export lists');
    unwrap(await setCbtEnabled(connection, [flash().uuid], false).then(([change]) => change.result));
    await writeTo(flash().uuid, 7 * KIB64 + 1024, 9);
    await writeTo(flash().uuid, 40 * KIB64, 0);
    const increment = await runExport(connection, wish);
    expect(increment.manifest).toMatchObject({ mode: 'compare', parent: { id: full.manifest.id } });
    expect(increment.log.join('\n')).toContain('lists 128 KiB of');
    expect(await servedRanges(connection, increment.manifest.snapshot.uuid)).toEqual([
      [7 * KIB64, KIB64],
      [40 * KIB64, KIB64],
    ]);
    await judgeExport('qcow2', increment, await truthOf(connection, flash().uuid, folder.path));
  });

  it('is not compared with a base that was attached for writing since: what both got is no difference', async () => {
    const wish = keptQcow2();
    const full = await runExport(connection, wish);
    unwrap(await setCbtEnabled(connection, [flash().uuid], false).then(([change]) => change.result));
    const base = full.manifest.snapshot.uuid;
    const detach = await attachForWriting(connection, base);
    for (const uuid of [base, flash().uuid]) await writeTo(uuid, 40 * KIB64, 5);
    await detach();
    expect(await plan({ mode: 'compare', format: 'qcow2' })).toMatchObject({ canStart: false });
    const instead = await runExport(connection, wish);
    expect(instead.manifest).toMatchObject({
      mode: 'full',
      reason: expect.stringContaining('was attached to a VM for writing since'),
    });
    await judgeExport('qcow2', instead, await truthOf(connection, flash().uuid, folder.path));
  });

  it.each([
    ['it is attached', async (base: string) => (await attachForWriting(connection, base))()],
    [
      'a host comes that may ignore it',
      () => fault(connection, { kind: 'xapi-version', version: '25.26.0' }),
    ],
  ])('nor when %s between the plan and the comparison', async (_, happen) => {
    const wish = keptQcow2();
    const full = await runExport(connection, wish);
    unwrap(await setCbtEnabled(connection, [flash().uuid], false).then(([change]) => change.result));
    const instead = await beforeSnapshot(connection, wish, () => happen(full.manifest.snapshot.uuid));
    expect(instead.plan.disks[0].mode).toBe('compare');
    expect(instead.manifest.mode).toBe('full');
    await judgeExport('qcow2', instead, await truthOf(connection, flash().uuid, folder.path));
  });

  it('nor when it was attached, and the disk itself is gone', async () => {
    const wish = keptQcow2();
    const full = await runExport(connection, wish);
    const { uuid } = flash();
    unwrap(await setCbtEnabled(connection, [uuid], false).then(([change]) => change.result));
    const truth = await truthOf(connection, uuid, folder.path);
    const exportRawVdi = connection.exportRawVdi.bind(connection);
    connection.exportRawVdi = async (request) => {
      await (
        await attachForWriting(connection, full.manifest.snapshot.uuid)
      )();
      await destroyDisk(uuid);
      return exportRawVdi(request);
    };
    const instead = await runExport(connection, wish);
    expect(instead.plan.disks[0].mode).toBe('compare');
    expect(instead.manifest.reason).toContain('was attached to a VM for writing since');
    await judgeExport('qcow2', instead, truth);
  });

  it('is not compared by hosts that may ignore the base, whose list lacks what was discarded', async () => {
    const wish = keptQcow2();
    await writeTo(flash().uuid, 40 * KIB64, 3);
    expect((await runExport(connection, wish)).job.state).toBe('done');
    unwrap(await setCbtEnabled(connection, [flash().uuid], false).then(([change]) => change.result));
    await act(connection, 'zero', {
      vdi: flash().uuid,
      offset: String(40 * KIB64),
      length: String(KIB64),
    });
    await fault(connection, { kind: 'xapi-version', version: '25.26.0' });
    unwrap(await connection.refresh());
    const instead = await runExport(connection, wish);
    expect(instead.manifest.mode).toBe('full');
    expect(instead.manifest.reason).toMatch(/xapi 25\.27\.0 or newer; xcp-demo-\d has 25\.26\.0\./);
    await judgeExport('qcow2', instead, await truthOf(connection, flash().uuid, folder.path));
    expect(await plan({ mode: 'compare', format: 'qcow2' })).toMatchObject({ canStart: false });
  });
});

it('a base that is attached for writing between the plan and the stream is none for it', async () => {
  await withoutNbd();
  const wish = { diskUuids: [web().uuid], targetFolder, format: 'vhd' as const, after: 'keep' as const };
  const full = await runExport(connection, wish);
  await writeTo(web().uuid, 7 * MIB2, 1);
  const instead = await beforeSnapshot(connection, wish, async () =>
    (await attachForWriting(connection, full.manifest.snapshot.uuid))(),
  );
  expect(instead.plan.disks[0]).toMatchObject({ mode: 'stream', base: {} });
  expect(instead.manifest).toMatchObject({
    mode: 'stream',
    reason: expect.stringContaining('was attached to a VM for writing since'),
  });
  expect(instead.manifest.parent).toBeUndefined();
  await judgeExport('vhd', instead, await truthOf(connection, web().uuid, folder.path));
});

it('a stream whose target cannot be made is ended, and does not hold its snapshot', async () => {
  await withoutNbd();
  const transfers: RawExport[] = [];
  const meanwhile = new Proxy(connection, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      if (key !== 'exportRawVdi') return value.bind(target) as unknown;
      return async (request: RawExportRequest) => {
        writeFileSync(targetFolder, '');
        const transfer = await target.exportRawVdi(request);
        transfers.push(unwrap(transfer));
        return transfer;
      };
    },
  });
  const { job } = await runExport(meanwhile, { diskUuids: [flash().uuid], targetFolder });
  expect(job).toMatchObject({ state: 'failed', failure: { code: 'target-exists' } });
  expect(transfers.map(({ stream }) => stream.destroyed)).toEqual([true]);
  expect(connection.ourObjects()).toEqual([]);
});

describe('a stream that breaks off', () => {
  it('is judged by the host’s task: no export, no files; it comes anew from the same snapshot', async () => {
    await withoutNbd();
    await fault(connection, { kind: 'export-breaks', afterBytes: 3_000_000 });
    const jobs = new JobsOverRuns(() => connection);
    const wish = { diskUuids: [flash().uuid], targetFolder };
    const { job } = await jobs.start(wish, copyInProcess);
    expect(job).toMatchObject({
      state: 'interrupted',
      failure: { code: expect.stringMatching(/disk-io-error|stream/) },
    });
    expect(filesIn(targetFolder)).toEqual([]);
    const [snapshotUuid] = flash().snapshotUuids;
    const { job: resumed } = await jobs.resume(job.id);
    jobs.remove();
    expect(resumed).toMatchObject({ state: 'done' });
    const { snapshot } = readManifestFile(resumed.disks[0].outcome!.manifestPath!);
    expect(snapshot.uuid).toBe(snapshotUuid);
  });
});

it('a damaged manifest in the target is told, and not taken for no earlier export', async () => {
  const { manifestPath } = await runExport(connection, { diskUuids: [flash().uuid], targetFolder });
  writeFileSync(manifestPath, '{ "deltascope": 1 }');
  const { findings, disks, canStart } = await plan({ mode: 'auto' });
  expect(findings).toContainEqual(
    expect.objectContaining({
      code: 'earlier-export-unreadable',
      severity: 'warn',
      text: expect.stringContaining(manifestPath),
      nextStep: expect.stringMatching(/^\S.+\.$/),
    }),
  );
  expect(disks[0].reason).toContain('not everything can be read');
  expect(canStart).toBe(true);
  const named = await plan({ mode: 'auto', base: manifestPath });
  expect(named.disks[0].reason).toContain(`${manifestPath} is not an export of ${flash().name}`);
  expect(named.canStart).toBe(false);
  const slip = named.findings.find(({ code }) => code === 'base-not-an-export');
  expect(slip?.text).toContain(`${manifestPath}, which was named as the base, is not an export of this disk`);
  // The base of a full export is of no interest.
  expect((await plan({ mode: 'full', base: manifestPath })).canStart).toBe(true);
});

describe('a mode that was asked for and is not possible is refused', () => {
  it('cbt without a base', async () => {
    const refused = await plan({ mode: 'cbt' });
    expect(refused.canStart).toBe(false);
    expect(refused.findings).toContainEqual(
      expect.objectContaining({
        code: 'mode-not-possible',
        severity: 'block',
        text: expect.stringContaining('There is no earlier export'),
      }),
    );
  });

  it('cbt on storage that cannot', async () => {
    const refused = await plan({ mode: 'cbt', diskUuids: [disk(connection, 'build-01 scratch').uuid] });
    expect(refused.canStart).toBe(false);
    expect(refused.disks[0].reason).toContain('linstor');
  });

  it('full without NBD, and a comparison with a purged base', async () => {
    await runExport(connection, { diskUuids: [flash().uuid], targetFolder, format: 'vhd' });
    const onVhd = await runExport(connection, { diskUuids: [web().uuid], targetFolder, format: 'vhd' });
    expect(onVhd.job.state).toBe('done');
    const refused = await plan({ mode: 'compare', diskUuids: [web().uuid] });
    expect(refused.disks[0].reason).toContain('only its change metadata');
    expect((await plan({ mode: 'compare' })).disks[0].reason).toContain('only its change metadata');
    expect((await plan({ mode: 'compare' })).canStart).toBe(false);
    await withoutNbd();
    expect((await plan({ mode: 'full' })).canStart).toBe(false);
    expect((await plan({ mode: 'cbt' })).canStart).toBe(false);
    expect(existsSync(targetFolder)).toBe(true);
  });
});

describe('auto says why it makes a full export', () => {
  const reasonNow = async (wish: Partial<ExportRequest> = {}) => (await plan(wish)).disks[0];

  it('when tracking was lost, the base is gone, or the format does not fit', async () => {
    const first = await runExport(connection, { diskUuids: [flash().uuid], targetFolder, format: 'vhd' });
    expect(await reasonNow()).toMatchObject({ mode: 'cbt' });
    expect((await reasonNow({ format: 'qcow2' })).reason).toContain('is a vhd image');
    await act(connection, 'cbt-lost', { vdi: flash().uuid }).catch(() => undefined);
    await fault(connection, { kind: 'cbt-lost', vdi: flash().uuid });
    unwrap(await connection.refresh());
    expect(await reasonNow()).toMatchObject({
      mode: 'full',
      reason: expect.stringContaining('change log was damaged'),
    });
    unwrap(await setCbtEnabled(connection, [flash().uuid], true).then(([change]) => change.result));
    unwrap(await finishSnapshot(connection, { snapshotUuids: [first.manifest.snapshot.uuid] }, 'remove'));
    unwrap(await connection.refresh());
    expect(await reasonNow()).toMatchObject({
      mode: 'full',
      reason: expect.stringContaining('no snapshot on the pool'),
    });
  });

  it('when the pool refuses its list at the last moment: full instead, and the manifest says so', async () => {
    const wish = { diskUuids: [flash().uuid], targetFolder, format: 'vhd' as const };
    await runExport(connection, wish);
    const refusal = {
      kind: 'call-error',
      method: 'VDI.list_changed_blocks',
      code: 'SR_BACKEND_FAILURE_460',
      params: [
        '',
        'Failed to calculate changed blocks for given VDIs [opterr=Source and target VDI are unrelated]',
        '',
      ],
    };
    await fault(connection, refusal);
    const second = await runExport(connection, wish);
    expect(second.plan.disks[0].mode).toBe('cbt');
    expect(second.manifest).toMatchObject({
      mode: 'full',
      reason: expect.stringContaining('could not be listed'),
    });
    expect(second.manifest.parent).toBeUndefined();
    await judgeExport('vhd', second, await truthOf(connection, flash().uuid, folder.path));

    await fault(connection, refusal);
    const explicit = await runExport(connection, { ...wish, mode: 'cbt' });
    expect(explicit.job).toMatchObject({ state: 'failed', failure: { code: 'changes-unrelated' } });
  });
});

it('a disk that is asked for twice is exported once', async () => {
  const { uuid } = flash();
  const { plan: planned, job } = await runExport(connection, { diskUuids: [uuid, uuid], targetFolder });
  expect(planned.request.diskUuids).toEqual([uuid]);
  expect([job.state, job.disks.length]).toEqual(['done', 1]);
  expect(filesIn(targetFolder)).toHaveLength(3);
});

describe('several disks of a VM', () => {
  it('are snapshotted together; one that fails does not take the other along', async () => {
    const [system, data] = vm(connection, 'db-01').diskUuids;
    const together = await runExport(connection, { diskUuids: [system, data], targetFolder, after: 'keep' });
    expect(together.job.disks.map(({ outcome }) => outcome?.failure)).toEqual([undefined, undefined]);
    expect(together.job.state).toBe('done');
    const taken = together.job.disks.map(({ outcome }) => outcome?.manifestPath);
    expect(taken.every((path) => path !== undefined)).toBe(true);
    expect(connection.ourObjects().filter(({ kind }) => kind === 'vm-snapshot')).toHaveLength(1);

    // A file stands where the second disk's folder would be.
    const elsewhere = join(targetFolder, 'elsewhere');
    const wish = { diskUuids: [system, data], targetFolder: elsewhere, after: 'keep' as const };
    const { disks } = await plan(wish);
    mkdirSync(elsewhere);
    writeFileSync(disks[1].targetFolder, '');
    const mixed = await runExport(connection, wish);
    expect(mixed.job.state).toBe('failed');
    expect(mixed.job.disks[0].outcome?.manifestPath).toBeDefined();
    expect(mixed.job.disks[1].outcome?.failure).toBeDefined();
    const made = connection.ourObjects().filter(({ jobId }) => jobId === mixed.job.id);
    expect(made).toMatchObject([{ kind: 'disk-snapshot', kept: true }]);
    expect(filesIn(targetFolder).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('nor does one whose changes cannot be listed', async () => {
    const { diskUuids } = vm(connection, 'db-01');
    const wish = { diskUuids, targetFolder };
    expect((await runExport(connection, wish)).job.state).toBe('done');
    const what = { kind: 'call-error', method: 'VDI.list_changed_blocks', code: 'SR_BACKEND_FAILURE_460' };
    await fault(connection, { ...what, params: ['', 'they are unrelated', ''], count: 1 });
    const { job } = await runExport(connection, { ...wish, mode: 'cbt' });
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'changes-unrelated' } });
    const [failed, exported] = job.disks.map(({ outcome }) => outcome);
    expect([failed?.failure?.code, failed?.manifestPath]).toEqual(['changes-unrelated', undefined]);
    expect(exported?.manifestPath).toBeDefined();
  });
});
