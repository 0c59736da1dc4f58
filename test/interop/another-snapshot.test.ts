import { expect, it } from 'vitest';
import { z } from 'zod';
import { unwrap } from '../../src/shared/model/result';
import { runExport } from '../fixtures/exporting';
import { disk, vm } from '../fixtures/pool-connection';
import { connection, poolPerTest, to } from '../fixtures/pool-per-test';

/** A pool that names something else than the new snapshot: nothing is done with that. */
poolPerTest();

const call = async <T>(type: z.ZodType<T>, method: string, ...args: unknown[]): Promise<T> =>
  unwrap(await connection.call(type, method, args));
const flash = () => disk(connection, 'gateway-01 flash').uuid;

/** Whatever is snapshotted, the pool answers with `instead`. */
async function exportAnswered(instead: string) {
  const ask = connection.call.bind(connection);
  const askAsync = connection.callAsync.bind(connection);
  const isAsked = (method: string) => method === 'VM.snapshot' || method === 'VDI.snapshot';
  const other = async (type: z.ZodType, method: string, answer: Promise<unknown>): Promise<unknown> => {
    const given = await answer;
    return isAsked(method) ? { ok: true, value: type.parse(instead) } : given;
  };
  connection.call = ((type: z.ZodType, method: string, args: unknown[]) =>
    other(type, method, ask(type, method, args))) as typeof connection.call;
  connection.callAsync = ((type: z.ZodType, method: string, args: unknown[], options: object) =>
    other(type, method, askAsync(type, method, args, options))) as typeof connection.callAsync;
  const { job } = await runExport(connection, { diskUuids: [flash()], targetFolder: to });
  Object.assign(connection, { call: ask, callAsync: askAsync });
  return job;
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
  const flashRef = unwrap(await connection.reference('VDI', flash()));
  for (const vbd of await call(z.array(z.string()), 'VDI.get_VBDs', flashRef))
    await call(z.unknown(), 'VBD.destroy', vbd);
  const ref = unwrap(await connection.reference('VDI', disk(connection, name).uuid));
  for (const older of [await call(z.string(), 'VDI.snapshot', ref, {}), ref]) {
    const record = z.looseObject({ other_config: z.record(z.string(), z.string()) });
    const before = await call(record, 'VDI.get_record', older);
    const job = await exportAnswered(older);
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'snapshot-not-asked-for' } });
    const after = await call(record, 'VDI.get_record', older);
    expect({ ...after, snapshots: [] }).toEqual({ ...before, snapshots: [] });
  }
});
