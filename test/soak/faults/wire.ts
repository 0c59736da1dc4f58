import { z } from 'zod';
import { freePort } from '../../fixtures/free-port';
import type { Fault, Scene } from './fault';

const MIB = 1024 * 1024;
type Spec = Readonly<Record<string, unknown>>;

/** A fault of the demo pool that is there from the start, or comes in the middle. */
const atPool = (
  ends: Fault['ends'],
  spec: (scene: Scene) => Spec | Promise<Spec>,
  more: Partial<Fault> = {},
): Fault => ({
  via: 'either',
  ends,
  async before(scene) {
    if (scene.random.chance(0.5)) await scene.control.fault(await spec(scene));
  },
  async during(scene, running) {
    if (await running.reached(scene.random.next() * 0.8)) await scene.control.fault(await spec(scene));
  },
  ...more,
});

const nothing = z.unknown();

/** What goes wrong with NBD. */
export const nbdFaults: Readonly<Record<string, Fault>> = {
  'nbd-dropped': atPool('done', ({ random }) => ({
    kind: 'drop-nbd',
    afterBytes: random.whole(0, 6 * MIB),
  })),
  'nbd-refused': atPool('done', ({ random }) => ({ kind: 'refuse-nbd', count: random.whole(1, 3) })),
  'nbd-tls-refused': atPool('clear', () => ({ kind: 'refuse-nbd-tls', count: 1 })),
  'nbd-slow': atPool('done', ({ random }) => ({ kind: 'slow-nbd', milliseconds: random.whole(1, 15) })),
  'nbd-read-errors': atPool('done', ({ random }) => ({
    kind: 'read-error',
    offset: random.whole(0, 2000) * 64 * 1024,
    length: random.whole(1, 256) * 512,
    count: random.whole(1, 2),
  })),
  'nbd-bad-place': {
    ...atPool('clear', ({ random }) => ({
      kind: 'read-error',
      offset: random.whole(0, 40) * MIB,
      length: 4 * MIB,
    })),
    weight: 1,
  },
  'nbd-all-dropped': {
    via: 'either',
    ends: 'done',
    async during({ random, control }, running) {
      for (const share of [0.1, 0.4, 0.7])
        if (random.chance(0.6) && (await running.reached(share)))
          await control.act(nothing, 'drop-nbd-connections');
    },
  },
  'nbd-no-answer': { ...atPool('done', () => ({ kind: 'stall-nbd', count: 1 })), weight: 1 },
  'nbd-wrong-address': atPool('clear', async ({ random }) => ({
    kind: 'nbd-info',
    count: random.whole(1, 3),
    instead: { address: '127.0.0.1', port: await freePort() },
  })),
};

const METHODS = [
  ...['VM.snapshot', 'VM.destroy', 'VDI.destroy', 'VDI.data_destroy', 'VDI.list_changed_blocks'],
  ...['VDI.get_nbd_info', 'VDI.add_to_other_config', 'VDI.get_by_uuid', 'VM.get_by_uuid', 'VBD.get_record'],
  ...['VDI.get_VBDs', 'VM.add_to_blocked_operations', 'VM.remove_from_blocked_operations', 'event.inject'],
  ...['task.create', 'task.set_status', 'task.destroy', 'event.from'],
];
const BUSY: readonly (readonly [string, string])[] = [
  ['VDI.data_destroy', 'VDI_IN_USE'],
  ['VDI.destroy', 'VDI_IN_USE'],
  ['VM.destroy', 'OTHER_OPERATION_IN_PROGRESS'],
  ['VM.snapshot', 'OTHER_OPERATION_IN_PROGRESS'],
];

/** What goes wrong with the pool's own calls. */
export const callFaults: Readonly<Record<string, Fault>> = {
  'call-dropped': atPool(
    'clear',
    ({ random }) => ({ kind: 'drop-call', method: random.pick(METHODS), count: random.whole(1, 2) }),
    { weight: 4 },
  ),
  'calls-dropped': atPool(
    'clear',
    ({ random }) => ({ kind: 'drop-call', method: '*', count: random.whole(1, 12) }),
    { weight: 4 },
  ),
  'calls-slow': atPool('done', ({ random }) => ({
    kind: 'slow-call',
    method: '*',
    milliseconds: random.whole(50, 400),
    count: random.whole(3, 15),
  })),
  'not-the-master': atPool('clear', ({ random }) => ({
    kind: 'call-error',
    method: random.pick(METHODS),
    code: 'HOST_IS_SLAVE',
    params: ['127.0.0.2'],
    count: random.whole(1, 2),
  })),
  'in-use': atPool('clear', ({ random }) => {
    const [method, code] = random.pick(BUSY);
    return { kind: 'call-error', method, code, params: ['', ''], count: random.whole(1, 3) };
  }),
  'call-refused': atPool('clear', ({ random }) => ({
    kind: 'call-error',
    method: random.pick(METHODS.filter((name) => name !== 'event.from')),
    code: random.pick(['SR_BACKEND_FAILURE_1200', 'INTERNAL_ERROR', 'SR_FULL']),
    params: ['', 'broken', ''],
    count: random.whole(1, 2),
  })),
  'session-expired': {
    via: 'either',
    ends: 'done',
    async during({ random, control }, running) {
      if (await running.reached(random.next() * 0.9)) {
        await control.act(nothing, 'expire-sessions');
        if (random.chance(0.5)) await control.act(nothing, 'drop-nbd-connections');
      }
    },
  },
  'stream-breaks': atPool(
    'clear',
    ({ random }) => ({ kind: 'export-breaks', afterBytes: random.whole(0, 8 * MIB) }),
    { mode: 'stream' },
  ),
  'tracking-lost': atPool('clear', ({ random, diskUuids }) => ({
    kind: 'cbt-lost',
    vdi: random.pick(diskUuids),
  })),
  'host-crash': {
    via: 'either',
    ends: 'clear',
    async during({ random, control }, running) {
      const hosts = await control.call(
        z.record(z.string(), z.object({ uuid: z.string() })),
        'host.get_all_records',
      );
      if (await running.reached(random.next() * 0.8))
        await control.act(nothing, 'crash-host', { host: random.pick(Object.values(hosts)).uuid });
    },
  },
  'pool-frozen': {
    via: 'either',
    ends: 'done',
    async during({ random, demo }, running) {
      if (!(await running.reached(random.next() * 0.8))) return;
      demo.freeze();
      await new Promise((resolve) => setTimeout(resolve, random.whole(300, 4000)));
      demo.thaw();
    },
  },
  'pool-away': {
    via: 'either',
    weight: 2,
    ends: 'clear',
    async during({ random, control }, running) {
      if (!(await running.reached(random.next() * 0.8))) return;
      await control.fault({ kind: 'drop-call', method: '*', count: 100_000 });
      await control.fault({ kind: 'refuse-nbd', count: 100_000 });
      await control.act(nothing, 'drop-nbd-connections');
      await running.after(random.whole(1000, 12_000));
      await control.act(nothing, 'clear-faults');
    },
  },
};
