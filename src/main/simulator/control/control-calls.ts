import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { contentOf, resizeDisk } from '../disks/lifecycle';
import { crashHost, forgetMove } from '../machines/crash';
import { powerOff, tellOfRevert } from '../machines/power';
import { method, type CallContext, type Method } from '../calls/method';
import { map, ref, string } from '../calls/parameter';
import type { PoolState } from '../pool-state';
import { XapiError } from '../rpc/xapi-error';
import { applyFault, clearFaults, faultsLeft } from './apply-fault';
import { faultSchema } from './faults-argument';
import { fillWithData } from './fill';
import { actInGuest, workOnDisk } from './guest-activity';
import { leftovers } from './leftovers';
import { connectionsOf, servedOf } from './nbd-statistics';

/** Name of the plug-in on the wire. */
export const CONTROL_PLUGIN = 'deltascope-demo';

const wholeNumber = z.coerce.number().int().nonnegative();
const vdi = z.object({ vdi: z.string() });

type Control = (context: CallContext, args: Readonly<Record<string, string>>) => unknown;

const diskOf = (pool: PoolState, uuid: string) => contentOf(pool, pool.db.VDI.refByUuid(uuid));

/** How tests and the tour act on the demo pool from outside, as a guest, an operator or bad luck would. */
const CONTROLS: Readonly<Record<string, Control>> = {
  'guest-activity': async ({ pool }, args) => {
    const schema = z.object({
      vm: z.string(),
      seed: wholeNumber.default(1),
      intensity: z.coerce.number().positive().default(1),
    });
    const { vm, seed, intensity } = schema.parse(args);
    return await actInGuest(pool, pool.db.VM.refByUuid(vm), { seed, intensity });
  },
  'guest-power-off': ({ pool }, args) => {
    powerOff(pool, pool.db.VM.refByUuid(z.object({ vm: z.string() }).parse(args).vm));
    return {};
  },
  workload: async ({ pool }, args) => {
    const schema = vdi.extend({ name: z.string(), seed: wholeNumber.default(1) });
    const { vdi: uuid, name, seed } = schema.parse(args);
    return await workOnDisk(pool, pool.db.VDI.refByUuid(uuid), name, seed);
  },
  write: ({ pool }, args) => {
    const schema = vdi.extend({ offset: wholeNumber, data: z.base64() });
    const { vdi: uuid, offset, data } = schema.parse(args);
    diskOf(pool, uuid).write(offset, Buffer.from(data, 'base64'));
    return {};
  },
  fill: ({ pool }, args) => {
    const schema = vdi.extend({ offset: wholeNumber, length: wholeNumber });
    const { vdi: uuid, offset, length } = schema.parse(args);
    fillWithData(diskOf(pool, uuid), offset, length);
    return {};
  },
  zero: ({ pool }, args) => {
    const {
      vdi: uuid,
      offset,
      length,
    } = vdi.extend({ offset: wholeNumber, length: wholeNumber }).parse(args);
    diskOf(pool, uuid).zero(offset, length);
    return {};
  },
  'revert-in-place': ({ pool }, args) => {
    const { vm, vdi: uuid, to } = vdi.extend({ vm: z.string(), to: z.string() }).parse(args);
    diskOf(pool, uuid).revertTo(diskOf(pool, to));
    tellOfRevert(pool, pool.db.VM.refByUuid(vm));
    return {};
  },
  resize: async ({ pool }, args) => {
    const { vdi: uuid, size } = vdi.extend({ size: wholeNumber }).parse(args);
    await resizeDisk(pool, pool.db.VDI.refByUuid(uuid), size);
    return {};
  },
  dump: async ({ pool }, args) => {
    const schema = vdi.extend({ path: z.string().refine(isAbsolute, 'an absolute path') });
    const { vdi: uuid, path } = schema.parse(args);
    await diskOf(pool, uuid).dump(path);
    return {};
  },
  fault: ({ pool }, args) => {
    applyFault(pool, faultSchema.parse(JSON.parse(z.object({ json: z.string() }).parse(args).json)));
    return {};
  },
  'clear-faults': ({ pool }) => {
    clearFaults(pool);
    return {};
  },
  faults: ({ pool }) => faultsLeft(pool),
  'release-calls': ({ pool }) => {
    pool.faults.release();
    return {};
  },
  'nbd-stats': ({ pool }, args) => servedOf(pool, vdi.parse(args).vdi),
  'nbd-connections': ({ pool }) => connectionsOf(pool),
  'reset-nbd-stats': ({ pool }) => {
    for (const { nbd } of pool.hosts) nbd.statistics.resetExports();
    return {};
  },
  'drop-nbd-connections': ({ pool }) => {
    for (const { nbd } of pool.hosts) nbd.dropConnections();
    return {};
  },
  'expire-sessions': ({ pool, session }) => {
    for (const other of [...pool.db.session.refs()]) if (other !== session) pool.db.session.destroy(other);
    pool.db.session.destroy(session);
    return {};
  },
  sessions: ({ pool }) => [...pool.db.session.rows()].map(({ record }) => record.originator),
  'crash-host': ({ pool }, args) => {
    crashHost(pool, pool.db.host.refByUuid(z.object({ host: z.string() }).parse(args).host));
    return {};
  },
  'forget-move': ({ pool }, args) => {
    const schema = z.object({ vm: z.string(), host: z.string(), domain: wholeNumber });
    const { vm, host, domain } = schema.parse(args);
    forgetMove(pool, pool.db.VM.refByUuid(vm), pool.db.host.refByUuid(host), domain);
    return {};
  },
  'advance-clock': ({ pool }, args) => {
    pool.clock.advance(z.object({ milliseconds: wholeNumber }).parse(args).milliseconds);
    return {};
  },
  leftovers: ({ pool }) => leftovers(pool),
};

export const controlMethods: readonly Method[] = [
  method(
    'host.call_plugin',
    [ref('host'), string('plugin'), string('fn'), map('args')],
    async (context, host, plugin, fn, args) => {
      context.pool.db.host.get(host);
      if (plugin !== CONTROL_PLUGIN) throw new XapiError('XENAPI_MISSING_PLUGIN', plugin);
      const control = Object.hasOwn(CONTROLS, fn) ? CONTROLS[fn] : undefined;
      if (!control) throw new XapiError('XENAPI_PLUGIN_FAILURE', 'unknown function', fn, '');
      try {
        return JSON.stringify(await control(context, args));
      } catch (error) {
        if (error instanceof XapiError) throw error;
        const message = error instanceof Error ? error.message : String(error);
        throw new XapiError('XENAPI_PLUGIN_FAILURE', 'failed', fn, message);
      }
    },
  ),
];
