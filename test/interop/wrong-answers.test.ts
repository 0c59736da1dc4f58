import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { createUnfinished, leftovers } from '../../src/main/engine/cbt';
import { attempt, unwrap } from '../../src/shared/model/result';
import { runExport } from '../fixtures/exporting';
import { act, disk, vm } from '../fixtures/pool-connection';
import { connection, poolPerTest, to } from '../fixtures/pool-per-test';

/** A pool that names something else than the new snapshot: nothing is done with that. */
poolPerTest();

const call = async <T>(type: z.ZodType<T>, method: string, ...args: unknown[]): Promise<T> =>
  unwrap(await connection.call(type, method, args));
const flash = () => disk(connection, 'gateway-01 flash').uuid;

/** To one of these methods the pool answers with `instead`. */
async function whileAnswered<T>(
  methods: readonly string[],
  instead: unknown,
  work: () => Promise<T>,
): Promise<T> {
  const ask = connection.call.bind(connection);
  const askAsync = connection.callAsync.bind(connection);
  const isAsked = (method: string) => methods.includes(method);
  const other = async (type: z.ZodType, method: string, answer: Promise<unknown>): Promise<unknown> => {
    const given = await answer;
    return isAsked(method) ? { ok: true, value: type.parse(instead) } : given;
  };
  connection.call = ((type: z.ZodType, method: string, args: unknown[]) =>
    other(type, method, ask(type, method, args))) as typeof connection.call;
  connection.callAsync = ((type: z.ZodType, method: string, args: unknown[], options: object) =>
    other(type, method, askAsync(type, method, args, options))) as typeof connection.callAsync;
  const done = await work();
  Object.assign(connection, { call: ask, callAsync: askAsync });
  return done;
}

const exportFlash = async () => (await runExport(connection, { diskUuids: [flash()], targetFolder: to })).job;
const exportAnswered = (instead: string) =>
  whileAnswered(['VM.snapshot', 'VDI.snapshot'], instead, exportFlash);
const record = z.looseObject({ other_config: z.record(z.string(), z.string()) });
/** Takes it from its VM. */
async function detachFlash(): Promise<void> {
  const ref = unwrap(await connection.reference('VDI', flash()));
  for (const vbd of await call(z.array(z.string()), 'VDI.get_VBDs', ref))
    await call(z.unknown(), 'VBD.destroy', vbd);
}

it.each(['gateway-01', 'web-01'])('a VM’s older snapshot stays as it is: %s', async (name) => {
  const { uuid } = vm(connection, name);
  const older = await call(
    z.string(),
    'VM.snapshot',
    unwrap(await connection.reference('VM', uuid)),
    'precious',
  );
  const before = await call(z.unknown(), 'VM.get_record', older);
  const job = await exportAnswered(older);
  expect(job).toMatchObject({ state: 'failed', failure: { code: 'snapshot-not-asked-for' } });
  expect(await call(z.unknown(), 'VM.get_record', older)).toEqual(before);
});

it.each(['gateway-01 flash', 'web-01 system'])('so does a disk’s: %s', async (name) => {
  await detachFlash();
  const ref = unwrap(await connection.reference('VDI', disk(connection, name).uuid));
  for (const older of [await call(z.string(), 'VDI.snapshot', ref, {}), ref]) {
    const before = await call(record, 'VDI.get_record', older);
    const job = await exportAnswered(older);
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'snapshot-not-asked-for' } });
    const after = await call(record, 'VDI.get_record', older);
    expect({ ...after, snapshots: [] }).toEqual({ ...before, snapshots: [] });
  }
});

it.each(['VM.get_VBDs', 'VBD.get_record'])(
  'nor is a disk of an older snapshot taken for the new one’s: %s',
  async (method) => {
    const { uuid } = vm(connection, 'gateway-01');
    const ref = unwrap(await connection.reference('VM', uuid));
    const older = await call(z.string(), 'VM.snapshot', ref, 'precious');
    const vbds = await call(z.array(z.string()), 'VM.get_VBDs', older);
    const vbd = await call(z.looseObject({ VDI: z.string() }), 'VBD.get_record', vbds[0]);
    const before = await call(record, 'VDI.get_record', vbd.VDI);
    const job = await whileAnswered([method], method === 'VM.get_VBDs' ? vbds : vbd, exportFlash);
    expect(job.state).not.toBe('done');
    expect(JSON.stringify(job.failure)).toMatch(/pool-contradicts-itself|snapshot-left-behind/);
    expect(await call(record, 'VDI.get_record', vbd.VDI)).toEqual(before);
  },
);

it.each(['VM', 'VDI'] as const)(
  'nothing is snapshotted in the place of what was asked for: %s',
  async (kind) => {
    if (kind === 'VDI') await detachFlash();
    const other = kind === 'VM' ? vm(connection, 'web-01') : disk(connection, 'web-01 system');
    const ref = unwrap(await connection.reference(kind, other.uuid));
    const before = await call(z.unknown(), `${kind}.get_snapshots`, ref);
    const referring = connection.reference.bind(connection);
    connection.reference = (name, uuid) =>
      name === kind ? Promise.resolve({ ok: true, value: ref }) : referring(name, uuid);
    const job = await exportFlash();
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'pool-contradicts-itself' } });
    expect(await call(z.unknown(), `${kind}.get_snapshots`, ref)).toEqual(before);
  },
);

it.each(['VDI.create', 'VDI.get_record'])(
  'a restore writes over no disk that was there before: %s',
  async (method) => {
    const other = disk(connection, 'gateway-01 flash');
    const ref = unwrap(await connection.reference('VDI', other.uuid));
    const before = await call(record, 'VDI.get_record', ref);
    const wish = {
      jobId: randomUUID(),
      storageUuid: other.storageUuid,
      name: 'restored',
      description: '',
      sizeBytes: 1024 * 1024,
      signal: new AbortController().signal,
    };
    const instead = method === 'VDI.create' ? ref : before;
    const made = await whileAnswered([method], instead, () =>
      attempt(() => createUnfinished(connection, wish)),
    );
    expect(made).toMatchObject({ ok: false, failure: { code: 'pool-contradicts-itself' } });
    expect(await call(record, 'VDI.get_record', ref)).toEqual(before);
  },
);

it('a disk that is being restored is no older than the pool’s clock says, whatever this computer’s does', async () => {
  // This one's is behind by as much.
  const milliseconds = 48 * 60 * 60 * 1000;
  await act(connection, 'advance-clock', { milliseconds: String(milliseconds) });
  const made = await createUnfinished(connection, {
    jobId: randomUUID(),
    storageUuid: disk(connection, 'gateway-01 flash').storageUuid,
    name: 'restored',
    description: '',
    sizeBytes: 1024 * 1024,
    signal: new AbortController().signal,
  });
  unwrap(await connection.refresh());
  const found = unwrap(
    await leftovers(connection, { activeJobIds: new Set(), now: Date.now() + milliseconds }),
  );
  expect(found).toMatchObject([{ kind: 'unfinished-disk', uuid: made.uuid, mayBeElsewhere: true }]);
});
