import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { cleanLeftovers, leftovers, unproved } from '../../src/main/engine/cbt';
import { jobsInUse } from '../../src/main/engine/jobs/jobs-in-use';
import { restoreExport } from '../../src/main/engine/library/restore/restore';
import { SELF_MARK, UNFINISHED_MARK, type PoolConnection } from '../../src/main/engine/xapi';
import type { RestoredDisk } from '../../src/shared/model/library-operation';
import { unwrap } from '../../src/shared/model/result';
import { giveDisk } from '../fixtures/attach-for-writing';
import { deltascope } from '../fixtures/cli';
import { exportChain } from '../fixtures/exported-chain';
import { truthOf } from '../fixtures/exporting';
import { act } from '../fixtures/pool-connection';
import { pattern } from '../fixtures/image-source';
import { connection, demo, folder, home, poolPerTest } from '../fixtures/pool-per-test';

/*
 * A coordinator that crashes goes on with a database that is up to five minutes old: a disk whose restore came to a good
 * end has the marks of an unfinished one again. Source: xen-api ocaml/database/db_cache_impl.ml, spawn_db_flush_threads.
 */
poolPerTest();

const state = pattern(4 * 1024 * 1024, 7);
let manifest: string;
let jobs: string;
beforeAll(async () => {
  const to = join(folder.path, 'export');
  mkdirSync(to);
  manifest = (await exportChain(to, 'qcow2', [state]))[0].manifestPath;
});
beforeEach(() => (jobs = join(home, 'jobs')));

type Marks = Readonly<Record<string, string>>;
const marksSchema = z.record(z.string(), z.string());
const isOurMark = (key: string): boolean => key.startsWith('deltascope:');
const reference = async (uuid: string) => unwrap(await connection.reference('VDI', uuid));
const marksOf = async (uuid: string): Promise<Marks> =>
  unwrap(await connection.call(marksSchema, 'VDI.get_other_config', [await reference(uuid)]));
const nfs = () => connection.inventory().storages.find(({ type }) => type === 'nfs')!.uuid;

interface Seen {
  readonly marks: Marks;
  readonly noted: boolean;
}

/** @returns also what the disk carried, and whether it was noted, when its marks were about to be taken off. */
async function restore(): Promise<{ disk: RestoredDisk; seen: Seen }> {
  const seen: Seen[] = [];
  const call: PoolConnection['call'] = async (schema, method, parameters, options) => {
    if (method === 'VDI.remove_from_other_config' && parameters[1] === UNFINISHED_MARK) {
      const marks = unwrap(await connection.call(marksSchema, 'VDI.get_other_config', [parameters[0]]));
      const { restored } = await jobsInUse(jobs);
      seen.push({ marks, noted: restored.has(marks[SELF_MARK]) });
    }
    return connection.call(schema, method, parameters, options);
  };
  const pool = new Proxy(connection, {
    get: (target, key) => {
      if (key === 'call') return call;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const wish = { storageUuid: nfs(), prove: true, name: 'precious' };
  const hooks = { progress: () => undefined, signal: new AbortController().signal, jobsFolder: jobs };
  const disk = unwrap(await restoreExport(pool, manifest, wish, hooks));
  expect(seen).toHaveLength(1);
  return { disk, seen: seen[0] };
}

/** What the pool says after the crash. */
async function bringBack(uuid: string, marks: Marks): Promise<void> {
  const ref = await reference(uuid);
  for (const [key, value] of Object.entries(marks).filter(([name]) => isOurMark(name)))
    unwrap(await connection.call(z.unknown(), 'VDI.add_to_other_config', [ref, key, value]));
}

const look = async () => {
  const { active, known, restored } = await jobsInUse(jobs);
  const options = { activeJobIds: active, knownJobIds: known, restoredDisks: restored };
  const today = unwrap(await leftovers(connection, options));
  const day = 25 * 60 * 60 * 1000;
  await act(connection, 'advance-clock', { milliseconds: String(day) });
  return {
    today,
    tomorrow: unwrap(await leftovers(connection, { ...options, now: Date.now() + day })),
    unproved: unproved(connection, active, restored),
  };
};

async function demandWhole(uuid: string): Promise<void> {
  expect(Object.keys(await marksOf(uuid)).filter(isOurMark)).toEqual([]);
  const dump = readFileSync(await truthOf(connection, uuid, folder.path));
  expect(dump.subarray(0, state.length).equals(state)).toBe(true);
}

const without = (marks: Marks, key: string): Marks =>
  Object.fromEntries(Object.entries(marks).filter(([name]) => name !== key));

it.each(['all its marks', 'the marks it was born with'])(
  'a restored disk that has %s again stays, and they are taken off',
  async (which) => {
    const { disk, seen } = await restore();
    const uuid = disk.diskUuid;
    expect(seen).toMatchObject({ noted: true, marks: { [SELF_MARK]: uuid } });
    expect(disk).not.toHaveProperty('notNoted');
    await bringBack(uuid, which === 'all its marks' ? seen.marks : without(seen.marks, SELF_MARK));
    const { today, tomorrow, unproved: named } = await look();
    for (const found of [today, tomorrow])
      expect(found).toMatchObject([{ kind: 'restored-disk', uuid, mayBeElsewhere: false }]);
    expect(named).toEqual([]);
    for (const { result } of await cleanLeftovers(connection, tomorrow)) unwrap(result);
    await demandWhole(uuid);
    expect(await look()).toEqual({ today: [], tomorrow: [], unproved: [] });
  },
);

it('what reads a restored disk at a control domain is left alone, whatever marks came back', async () => {
  const { disk, seen } = await restore();
  await bringBack(disk.diskUuid, seen.marks);
  const domains = unwrap(
    await connection.call(z.array(z.string()), 'VM.get_by_name_label', [
      'Control domain on host: xcp-demo-1',
    ]),
  );
  const vbd = await giveDisk(connection, domains[0], await reference(disk.diskUuid));
  const { tomorrow } = await look();
  expect(tomorrow.map(({ kind }) => kind)).toEqual(['restored-disk']);
  for (const { result } of await cleanLeftovers(connection, tomorrow)) unwrap(result);
  await demandWhole(disk.diskUuid);
  unwrap(await connection.call(z.string(), 'VBD.get_uuid', [vbd]));
});

const run = (...words: string[]) =>
  deltascope([...words, '--pool', demo.url, '--user', demo.user, '--fingerprint', demo.fingerprint], {
    env: { DELTASCOPE_PASSWORD: demo.password, DELTASCOPE_HOME: home },
  });

it('the command line says that the disk stays', async () => {
  const { disk, seen } = await restore();
  await bringBack(disk.diskUuid, seen.marks);
  const listed = await run('leftovers');
  expect(listed.stdout).toMatch(/restored-disk +precious .*restored well: it stays/);
  const cleaned = await run('leftovers', '--clean', '--all');
  expect(cleaned).toMatchObject({ code: 0, stdout: 'marks taken off: precious\n', stderr: '' });
  await demandWhole(disk.diskUuid);
});

it('a restore that cannot note its disk ends well, and says so', async () => {
  mkdirSync(jobs, { recursive: true });
  writeFileSync(join(jobs, 'restored-disks'), 'no folder');
  const done = await run('restore', manifest, '--sr', nfs());
  expect(done.code).toBe(0);
  expect(done.stderr).toMatch(/^warning: The disk is whole, but that could not be noted on this computer/);
  expect(done.stderr).toContain('xe pool-sync-database');
  const uuid = /[0-9a-f-]{36}/.exec(done.stdout)?.[0] ?? '';
  await demandWhole(uuid);
});
