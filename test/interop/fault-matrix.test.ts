import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import { setCbtEnabled } from '../../src/main/engine/cbt';
import { planExport } from '../../src/main/engine/export/plan/plan-export';
import { exportRunner } from '../../src/main/engine/export/run/run-export';
import { writeExport } from '../../src/main/engine/export/write-export';
import { JobQueue } from '../../src/main/engine/jobs/queue';
import { verifyExport } from '../../src/main/engine/library/verify/verify';
import { targetFromUri, type UriTrust } from '../../src/main/engine/nbd/uri';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { ImageFormat } from '../../src/main/engine/image/types';
import type * as NbdOpen from '../../src/main/engine/nbd/open';
import type { OpenNbdOptions } from '../../src/main/engine/nbd/settings';
import type { ExportMode } from '../../src/shared/model/export-plan';
import type { Failure } from '../../src/shared/model/failure';
import type { JobState } from '../../src/shared/model/job';
import { attempt, ok, unwrap } from '../../src/shared/model/result';
import { makeCertificates, type Certificates } from '../fixtures/certificates';
import { quickDemoPool } from '../fixtures/demo-pool';
import { filesIn, imageOf, memoryFolder, readManifestFile, runExport, truthOf } from '../fixtures/exporting';
import { freePort } from '../fixtures/free-port';
import { fillDisk } from '../fixtures/interrupted-export';
import { judgeExport } from '../fixtures/judge-export';
import { startNbdkit, type NbdServer } from '../fixtures/nbd-servers';
import { act, connectTo, disk, fault } from '../fixtures/pool-connection';
import { qemuImg } from '../fixtures/qemu-img';
import {
  ACK,
  ERR_UNSUP,
  greet,
  handshake,
  readOption,
  readRequest,
  replyOption,
  startScriptedServer,
  u16,
  u32,
  type Peer,
} from '../fixtures/scripted-nbd-server';

// The pauses between attempts, as long as they are in use, would make minutes of a matrix like this.
vi.mock('../../src/main/engine/nbd/back-off', async (original) => ({
  ...(await original<object>()),
  backOffMs: (attempt: number) => Math.min(300, 10 * 2 ** attempt),
}));

// So is the time that a connection may be silent while reads wait.
vi.mock('../../src/main/engine/nbd/open', async (original) => {
  const real = await original<typeof NbdOpen>();
  return {
    ...real,
    openNbd: (options: OpenNbdOptions) => real.openNbd({ requestTimeoutMs: 5000, ...options }),
  };
});

/** Cells wait for most of their time: several run at once. */
const AT_ONCE = 10;
const MIB = 1024 * 1024;
const FLASH = 'gateway-01 flash';
const folder = memoryFolder();
afterAll(() => folder.remove());

/** Runs all cells, a few at a time, and keeps what became of each. */
async function runAll<T>(
  names: readonly string[],
  cell: (name: string) => Promise<T>,
): Promise<Map<string, T>> {
  const waiting = [...names];
  const results = new Map<string, T>();
  const lane = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
      results.set(name, await cell(name));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return results;
}

const QEMU = { vhd: 'vpc', qcow2: 'qcow2' } as const;

/** What a cell must end in: bytes that are right, or a failure with one of these codes. */
type Expected = 'done' | readonly string[];

function expectClear(failure: Failure | undefined): void {
  expect(failure?.message).toMatch(/^[A-Z].+[.!]$/s);
  expect(failure?.nextStep).toMatch(/^\S.+\.$/s);
  expect(JSON.stringify(failure)).not.toMatch(/session_id=(?!…)|OpaqueRef:[0-9a-f]/);
}

describe('the pool', () => {
  interface Cell {
    readonly faults: (connection: PoolConnection) => Promise<readonly Readonly<Record<string, unknown>>[]>;
    readonly expected: Expected;
    /** Raw when absent. */
    readonly format?: ImageFormat;
    /** It strikes an increment, after a full export that went well. */
    readonly increment?: boolean;
    /** `full` when absent; of an increment `auto`. */
    readonly mode?: ExportMode;
    /** What the export is in the end where that is another. */
    readonly becomes?: ExportMode;
    /** It stops, can go on, and once the fault is gone it does. */
    readonly resumes?: boolean;
    /** A fixed number of connections, where another one would hide the fault. */
    readonly connections?: number;
  }
  const call = (method: string, code: string, count = 1, params: string[] = []) => ({
    kind: 'call-error',
    method,
    code,
    params,
    count,
  });
  const cell = (expected: Expected, ...faults: Readonly<Record<string, unknown>>[]): Cell => ({
    faults: () => Promise.resolve(faults),
    expected,
  });
  const base: Readonly<Record<string, Cell>> = {
    'nothing wrong': cell('done'),
    'snapshot: in use for a moment': cell('done', call('VM.snapshot', 'VDI_IN_USE')),
    'snapshot: another is being taken': cell('done', call('VM.snapshot', 'OTHER_OPERATION_IN_PROGRESS', 2)),
    'tracking: another operation for a moment': {
      faults: async (connection) => {
        const [{ result }] = await setCbtEnabled(connection, [disk(connection, FLASH).uuid], false);
        unwrap(result);
        unwrap(await connection.refresh());
        return [call('VDI.enable_cbt', 'OTHER_OPERATION_IN_PROGRESS')];
      },
      expected: 'done',
    },
    'snapshot: storage full': cell(['storage-full'], call('VM.snapshot', 'SR_FULL', 9)),
    'snapshot: storage error': cell(
      ['storage-error'],
      call('VM.snapshot', 'SR_BACKEND_FAILURE_1200', 9, ['', 'broken', '']),
    ),
    'snapshot: cannot be marked': cell(['xapi-error'], call('VDI.add_to_other_config', 'SOMETHING_ODD', 1)),
    'session: expired before NBD': cell('done', call('VDI.get_nbd_info', 'SESSION_INVALID')),
    'NBD: no address to be had': cell(['xapi-error'], call('VDI.get_nbd_info', 'SOMETHING_ODD', 99)),
    'NBD: all connections in use for a moment': cell('done', { kind: 'refuse-nbd', count: 5 }),
    'NBD: nobody listens': {
      faults: async () => [
        { kind: 'nbd-info', count: 99, instead: { address: '127.0.0.1', port: await freePort() } },
      ],
      expected: ['nbd-unreachable'],
    },
    'NBD: another certificate': {
      faults: () =>
        Promise.resolve([{ kind: 'nbd-info', count: 99, instead: { cert: certificates.certPem } }]),
      expected: ['nbd-certificate-mismatch'],
    },
    'NBD: a sector can never be read': {
      ...cell(['nbd-closed-mid-read'], { kind: 'read-error', offset: 0, length: 512 }),
      resumes: true,
    },
    'NBD: one read fails': cell('done', { kind: 'read-error', offset: 0, length: 512, count: 1 }),
    'NBD: cut in the middle': cell('done', { kind: 'drop-nbd', afterBytes: 3_000_001 }),
    'NBD: cut in the middle, while the toolstack restarts': {
      ...cell(
        ['pool-internal-error'],
        { kind: 'drop-nbd', afterBytes: 3_000_001 },
        { ...call('VDI.get_nbd_info', 'INTERNAL_ERROR', 99), after: 1 },
      ),
      resumes: true,
      connections: 1,
    },
    'NBD: cut before the first byte': cell('done', { kind: 'drop-nbd', afterBytes: 0 }),
    'NBD: slow': cell('done', { kind: 'slow-nbd', milliseconds: 20 }),
    'NBD: TLS always refused': cell(['nbd-tls-failed'], {
      kind: 'refuse-nbd-tls',
      count: 99,
    }),
    'NBD: TLS refused once, by every host': cell('done', { kind: 'refuse-nbd-tls', count: 1 }),
    'snapshot: the pool is slow': cell('done', {
      kind: 'slow-call',
      method: 'VM.snapshot',
      milliseconds: 300,
    }),
    'NBD: the call for its address is lost': {
      ...cell(['pool-unreachable'], { kind: 'drop-call', method: 'VDI.get_nbd_info' }),
      resumes: true,
    },
    'clean-up: in use for a moment': cell('done', call('VDI.data_destroy', 'VDI_IN_USE', 2)),
    'clean-up: VM snapshot in use for a moment': cell(
      'done',
      call('VM.destroy', 'OTHER_OPERATION_IN_PROGRESS', 1),
    ),
    'task: refused': cell('done', call('task.create', 'SOMETHING_ODD', 1)),
    'NBD: a read is never answered': cell('done', { kind: 'stall-nbd', count: 1 }),
    'stream: breaks off': {
      ...cell(['disk-io-error', 'stream-truncated'], { kind: 'export-breaks', afterBytes: 3_000_000 }),
      resumes: true,
      format: 'vhd',
      mode: 'stream',
    },
    'increment: its tracking is lost meanwhile': {
      faults: (connection) => Promise.resolve([{ kind: 'cbt-lost', vdi: disk(connection, FLASH).uuid }]),
      expected: 'done',
      format: 'qcow2',
      increment: true,
      becomes: 'full',
    },
  };
  /** Each phase is struck in each format, and in an increment. */
  const also = (name: string, ...wishes: readonly Pick<Cell, 'format' | 'increment'>[]) =>
    wishes.map((wish): [string, Cell] => [
      `${name} · ${wish.format}${wish.increment ? ' increment' : ''}`,
      { ...base[name], ...wish },
    ]);
  const inc = (format: ImageFormat) => ({ format, increment: true });
  const cells: Readonly<Record<string, Cell>> = {
    ...base,
    ...Object.fromEntries([
      ...also('snapshot: in use for a moment', inc('vhd'), { format: 'qcow2' }),
      ...also('NBD: the call for its address is lost', { format: 'vhd' }, inc('qcow2')),
      ...also('NBD: all connections in use for a moment', inc('vhd'), { format: 'qcow2' }),
      ...also('NBD: TLS always refused', { format: 'vhd' }, inc('qcow2')),
      ...also('NBD: cut in the middle', inc('vhd'), { format: 'qcow2' }, inc('raw')),
      ...also('NBD: cut in the middle, while the toolstack restarts', inc('qcow2')),
      ...also('NBD: a read is never answered', inc('vhd')),
      ...also('clean-up: in use for a moment', { format: 'vhd' }, inc('qcow2')),
    ]),
  };

  interface FaultsLeft {
    readonly calls: unknown;
    readonly nbdInfo: unknown;
    readonly transfer: unknown;
    readonly nbd: unknown;
  }
  type What = Readonly<Record<string, unknown>>;
  /** Others strike for as long as they are there, or at once. */
  const isCounted = ({ kind, count }: What): boolean =>
    kind !== 'slow-nbd' && kind !== 'cbt-lost' && !(kind === 'read-error' && count === undefined);
  const partOf: Readonly<Record<string, keyof FaultsLeft>> = {
    'call-error': 'calls',
    'slow-call': 'calls',
    'drop-call': 'calls',
    'nbd-info': 'nbdInfo',
    'export-breaks': 'transfer',
  };
  const neverCame = (what: What, before: FaultsLeft, after: FaultsLeft): boolean => {
    const part = partOf[String(what.kind)] ?? 'nbd';
    return isCounted(what) && isDeepStrictEqual(before[part], after[part]);
  };

  interface Outcome {
    readonly state: JobState;
    readonly failure: Failure | undefined;
    readonly left: readonly string[];
    readonly files: readonly string[];
    /** Of the export that was made. */
    readonly mode: ExportMode | undefined;
    /** Why the image is not what the disk holds; empty: it is. */
    readonly wrong: string | undefined;
    /** Faults that never came. */
    readonly missed: readonly unknown[];
  }
  let certificates: Certificates;
  let outcomes: Map<string, Outcome>;

  async function run(name: string): Promise<Outcome> {
    const { faults, connections, format = 'raw', increment = false, mode } = cells[name];
    const demo = await quickDemoPool();
    const connection = await connectTo(demo);
    const place = mkdtempSync(join(folder.path, 'pool-'));
    const jobs = mkdtempSync(join(tmpdir(), 'deltascope-jobs-'));
    try {
      const { uuid } = disk(connection, FLASH);
      const wish = { diskUuids: [uuid], targetFolder: join(place, 'to'), format };
      if (increment) {
        await runExport(connection, wish);
        await fillDisk(connection, uuid, 8 * MIB);
        unwrap(await connection.refresh());
      }
      const plan = unwrap(
        await planExport(connection, {
          ...wish,
          poolId: connection.poolUuid,
          mode: mode ?? (increment ? 'auto' : 'full'),
          base: 'auto',
          after: 'purge',
          skipUnchanged: true,
          ...(connections === undefined ? {} : { connections }),
        }),
      );
      expect(plan.disks[0].mode).toBe(mode ?? (increment ? 'cbt' : 'full'));
      const strikes = await faults(connection);
      for (const what of strikes) await fault(connection, what);
      const before = await act<FaultsLeft>(connection, 'faults');
      const runner = exportRunner({
        connection: () => ok(connection),
        startCopy: copyInProcess,
        toolVersion: '0.0.0',
      });
      const { queue } = await JobQueue.open(jobs, runner);
      const { id } = unwrap(queue.start(plan));
      let job = await queue.ended(id);
      const { failure } = job;
      const after = await act<FaultsLeft>(connection, 'faults');
      const missed = strikes.filter((what) => neverCame(what, before, after));
      if (job.state === 'interrupted') {
        await act(connection, 'clear-faults');
        unwrap(queue.resume(id));
        job = await queue.ended(id);
      }
      await act(connection, 'clear-faults');
      const left = await settledLeftovers(connection);
      const [{ outcome }] = job.disks;
      const manifestPath = outcome?.manifestPath;
      return {
        state: job.state,
        failure: failure ?? job.failure,
        left,
        files: filesIn(join(place, 'to')),
        mode: manifestPath === undefined ? undefined : readManifestFile(manifestPath).mode,
        wrong: manifestPath && (await whatIsWrong(connection, uuid, format, manifestPath, place)),
        missed,
      };
    } finally {
      await connection.close();
      await demo.close();
      rmSync(place, { recursive: true });
      rmSync(jobs, { recursive: true });
    }
  }

  async function whatIsWrong(
    connection: PoolConnection,
    uuid: string,
    format: ImageFormat,
    manifestPath: string,
    place: string,
  ): Promise<string> {
    const truth = await truthOf(connection, uuid, place);
    const exported = { manifestPath, manifest: readManifestFile(manifestPath) };
    const judged = await attempt(() => judgeExport(format, exported, truth));
    return judged.ok ? '' : `${judged.failure.message} ${judged.failure.details}`;
  }

  /** What is on the pool once its NBD server has let go, as it does some time after a connection has ended. */
  async function settledLeftovers(connection: PoolConnection): Promise<string[]> {
    const kinds = async () =>
      (await act<{ class: string }[]>(connection, 'leftovers')).map((one) => one.class).sort();
    let found = await kinds();
    for (let wait = 0; wait < 100 && found.includes('VBD'); wait++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      found = await kinds();
    }
    return found;
  }

  beforeAll(async () => {
    certificates = makeCertificates(join(folder.path, 'certificates'));
    outcomes = await runAll(Object.keys(cells), run);
  });

  it.each(Object.keys(cells))('%s', (name) => {
    const { expected, increment = false, mode, becomes, resumes } = cells[name];
    const found = outcomes.get(name)!;
    const { state, failure, left, files, wrong } = found;
    expect(found.missed).toEqual([]);
    const full = increment ? 3 : 0;
    if (expected === 'done') expect(failure).toBeUndefined();
    else {
      expectClear(failure);
      expect(expected).toContain(failure?.code);
    }
    if (expected === 'done' || resumes) {
      expect({ state, wrong }).toEqual({ state: 'done', wrong: '' });
      expect(found.mode).toBe(becomes ?? mode ?? (increment ? 'cbt' : 'full'));
      expect(left).toEqual(['VDI']); // the change metadata
      expect(files).toHaveLength(full + 3);
    } else {
      expect({ state, left }).toEqual({ state: 'failed', left: increment ? ['VDI'] : [] });
      expect(files).toHaveLength(full);
    }
    expect(files.filter((file) => file.includes('partial'))).toEqual([]);
  });
});

describe('an NBD server', () => {
  const SIZE = 6 * 1024 * 1024 + 512;
  const content = Buffer.alloc(SIZE);
  for (let at = 0; at < SIZE - 3; at += 4) content.writeUInt32LE(Math.imul(at + 1, 2654435761) >>> 0, at);
  content.fill(0, 2 * 1024 * 1024, 3 * 1024 * 1024);

  interface Running {
    readonly uri: string;
    readonly trust?: UriTrust;
    stop(): Promise<unknown>;
  }
  interface Cell {
    readonly start: (file: string) => Promise<Running>;
    readonly expected: Expected;
    /** Raw when absent. */
    readonly format?: 'vhd' | 'qcow2';
    /** The server is gone as soon as the copy has begun. */
    readonly killed?: boolean;
  }
  let certificates: Certificates;
  const nbdkit =
    (filters: readonly string[], parameters: readonly string[] = []) =>
    (file: string) =>
      startNbdkit([...filters.map((one) => `--filter=${one}`), 'file', file, ...parameters]);
  /**
   * Serves the content; what a client asks for at an offset is refused twice before it is answered. Not the filter
   * `error` with a rate: now and then it refuses one range as often as we ask.
   */
  const refusingTwice =
    (asked: 'pread' | 'extents') =>
    (file: string): Promise<NbdServer> => {
      const refuse =
        'if mkdir $tmpdir/a-$4 2> /dev/null || mkdir $tmpdir/b-$4 2> /dev/null; then echo EIO not yet >&2; exit 1; fi;';
      const read = `dd if=${file} iflag=skip_bytes,count_bytes,fullblock skip=$4 count=$3 bs=1M status=none`;
      const tell = `printf '0 2M data\\n2M 1M hole,zero\\n3M ${SIZE - 3 * 1024 * 1024} data\\n'`;
      return startNbdkit([
        'eval',
        `get_size=echo ${SIZE}`,
        `pread=${asked === 'pread' ? refuse : ''} ${read}`,
        'can_extents=exit 0',
        `extents=${asked === 'extents' ? refuse : ''} ${tell}`,
      ]);
    };
  /** Serves the content, but for what `script` does to a client first. */
  const closing = (script: (peer: Peer) => Promise<void>) => async () =>
    startScriptedServer(async (peer) => {
      await script(peer);
      peer.end();
    });
  const toOption = (last: number) => async (peer: Peer) => {
    await greet(peer);
    for (;;) {
      const { option } = await readOption(peer);
      if (option === last) return;
      replyOption(peer, option, option === 8 && last === 10 ? ACK : ERR_UNSUP);
    }
  };
  const secured = (start: () => Promise<Running>) => async (): Promise<Running> => {
    const server = await start();
    return {
      uri: server.uri.replace('nbd:', 'nbds:'),
      trust: { caPem: certificates.caPem },
      stop: () => server.stop(),
    };
  };
  const cells: Readonly<Record<string, Cell>> = {
    'nothing wrong': { start: nbdkit([]), expected: 'done' },
    'nothing wrong, to VHD': { start: nbdkit([]), expected: 'done', format: 'vhd' },
    'delay at opening and at each read': {
      start: nbdkit(['delay'], ['rdelay=20ms', 'delay-open=300ms']),
      expected: 'done',
    },
    'every read answered late, in any order': {
      start: nbdkit(['delay', 'noparallel'], ['rdelay=2ms']),
      expected: 'done',
    },
    'every read fails twice': {
      start: refusingTwice('pread'),
      expected: 'done',
      format: 'vhd',
    },
    'every read fails': {
      start: nbdkit(['error'], ['error-pread=EIO', 'error-pread-rate=100%']),
      expected: ['nbd-read-error'],
    },
    'block status fails twice': {
      start: refusingTwice('extents'),
      expected: 'done',
      format: 'qcow2',
    },
    'no block status': { start: nbdkit(['noextents']), expected: 'done', format: 'qcow2' },
    'one client at a time': { start: nbdkit(['limit'], ['limit=1']), expected: 'done' },
    'a disk that is cut short': { start: nbdkit(['truncate'], ['truncate=1M']), expected: ['size-mismatch'] },
    'a disk that is longer': { start: nbdkit(['truncate'], ['truncate=16M']), expected: ['size-mismatch'] },
    'small requests only': {
      start: nbdkit(
        ['blocksize-policy'],
        [
          'blocksize-maximum=64K',
          'blocksize-error-policy=error',
          'blocksize-minimum=512',
          'blocksize-preferred=4K',
        ],
      ),
      expected: 'done',
    },
    'TLS refused': {
      start: async (file) => {
        const server = await startNbdkit(['file', file]);
        return { ...server, uri: server.uri.replace('nbd:', 'nbds:'), trust: { caPem: certificates.caPem } };
      },
      expected: ['nbd-tls-refused'],
    },
    'TLS demanded': {
      start: async (file) => {
        const server: NbdServer = await startNbdkit(['file', file], { tls: certificates });
        return { uri: server.uri.replace('nbds:', 'nbd:'), stop: () => server.stop() };
      },
      expected: ['nbd-tls-required'],
    },
    'TLS with a certificate of nobody': {
      start: async (file) => {
        const server = await startNbdkit(['file', file], { tls: certificates });
        return { uri: server.uri, trust: { fingerprint: 'ab'.repeat(32) }, stop: () => server.stop() };
      },
      expected: ['nbd-certificate-mismatch'],
    },
    TLS: {
      start: async (file) => {
        const server = await startNbdkit(['--filter=delay', 'file', file, 'rdelay=2ms'], {
          tls: certificates,
        });
        return { uri: server.uri, trust: { caPem: certificates.caPem }, stop: () => server.stop() };
      },
      expected: 'done',
    },
    'gone while it is read': {
      // At once: one that ends in order answers for a while, longer on a busy machine than we go on asking here.
      start: async (file) => {
        const server = await startNbdkit(['--filter=delay', 'file', file, 'rdelay=500ms']);
        const stop = (): Promise<void> => {
          process.kill(server.pid, 'SIGKILL');
          return server.stop();
        };
        return { uri: server.uri, stop };
      },
      expected: ['nbd-unreachable'],
      killed: true,
    },
    'closed before the greeting': {
      start: closing(() => Promise.resolve()),
      expected: ['nbd-refused-before-greeting'],
    },
    'closed in the greeting': {
      start: closing(async (peer) => {
        peer.write(await Promise.resolve('NBDMAGIC'));
      }),
      expected: ['nbd-closed-in-handshake'],
    },
    'closed after the greeting': {
      start: closing(async (peer) => {
        peer.write(await Promise.resolve('NBDMAGICIHAVEOPT'), u16(3));
      }),
      expected: ['nbd-closed-in-handshake'],
    },
    'closed at STRUCTURED_REPLY': { start: closing(toOption(8)), expected: ['nbd-closed-in-handshake'] },
    'closed at SET_META_CONTEXT': { start: closing(toOption(10)), expected: ['nbd-closed-in-handshake'] },
    'closed at STARTTLS': {
      start: secured(closing(toOption(5))),
      expected: ['nbd-closed-in-handshake'],
    },
    'closed inside the TLS handshake': {
      start: secured(
        closing(async (peer) => {
          await greet(peer);
          replyOption(peer, (await readOption(peer)).option, ACK);
          await peer.read((await peer.read(5)).readUInt16BE(3)); // the client's hello
        }),
      ),
      expected: ['nbd-tls-failed'],
    },
    'closed while it tells what is in use': {
      start: closing(async (peer) => {
        await handshake(peer, { sizeBytes: SIZE, structured: true });
        while ((await readRequest(peer)).type !== 7);
      }),
      expected: ['nbd-closed-mid-read'],
    },
    'silent at the end': {
      start: () =>
        startScriptedServer(async (peer) => {
          await handshake(peer, { sizeBytes: SIZE });
          for (;;) {
            const { type, cookie, offset, length } = await readRequest(peer);
            if (type === 2) return peer.gone();
            peer.write(u32(0x67446698), u32(0), cookie, content.subarray(offset, offset + length));
          }
        }),
      expected: 'done',
    },
    'closed at GO': { start: closing(toOption(7)), expected: ['nbd-closed-in-handshake'] },
    'closed at EXPORT_NAME': { start: closing(toOption(1)), expected: ['nbd-export-refused'] },
    'closed in the middle of the size': {
      start: closing(async (peer) => {
        await greet(peer);
        for (;;) {
          const { option } = await readOption(peer);
          if (option !== 7) {
            replyOption(peer, option, ERR_UNSUP);
            continue;
          }
          replyOption(peer, option, 3, Buffer.from([0, 0, 0, 0]));
          return;
        }
      }),
      expected: ['nbd-closed-in-handshake'],
    },
    'closed at the first read, always': {
      start: closing(async (peer) => {
        await handshake(peer, { sizeBytes: SIZE });
        await readRequest(peer);
      }),
      expected: ['nbd-closed-mid-read'],
    },
    'closed in the middle of an answer, twice': {
      start: () => {
        let clients = 0;
        return startScriptedServer(async (peer) => {
          await handshake(peer, { sizeBytes: SIZE });
          const cut = ++clients <= 2;
          for (;;) {
            const { type, cookie, offset, length } = await readRequest(peer);
            if (type === 2) break;
            const data = content.subarray(offset, offset + length);
            peer.write(u32(0x67446698), u32(0), cookie, cut ? data.subarray(0, 1000) : data);
            if (cut) break;
          }
          peer.end();
        });
      },
      expected: 'done',
    },
    'says yes to all and serves nothing': {
      start: closing(async (peer) => {
        await greet(peer);
        for (let asked = 0; asked < 4; asked++) replyOption(peer, (await readOption(peer)).option, ACK);
      }),
      expected: ['nbd-protocol-error'],
    },
  };

  interface Outcome {
    readonly failure: Failure | undefined;
    readonly files: readonly string[];
    readonly right: boolean;
  }
  let outcomes: Map<string, Outcome>;

  async function run(name: string): Promise<Outcome> {
    const { start, killed = false, format = 'raw' } = cells[name];
    const place = mkdtempSync(join(folder.path, 'server-'));
    const file = join(place, 'disk.raw');
    const exports = join(place, 'exports');
    mkdirSync(exports);
    writeFileSync(file, content);
    const server = await start(file);
    try {
      const written = await writeExport(
        {
          folder: exports,
          format,
          source: { kind: 'nbd', targets: [unwrap(targetFromUri(server.uri, server.trust))], connections: 2 },
          extents: () => ({ kind: 'used' }),
          sizeBytes: SIZE,
          base: undefined,
          skipUnchanged: true,
          limitBytesPerSecond: undefined,
          about: {
            pool: { uuid: randomUUID(), name: 'pool' },
            disk: { uuid: randomUUID(), name: 'disk', storage: 'shelf' },
            snapshot: { uuid: randomUUID(), takenAt: new Date().toISOString() },
            mode: 'full',
            reason: 'a test',
          },
          toolVersion: '0.0.0',
          startedAt: new Date(),
        },
        copyInProcess,
        {
          onStarted: () => undefined,
          onVerifying: () => undefined,
          onConnected: () => void (killed && server.stop()),
        },
      );
      const files = readdirSync(exports);
      if (!written.ok) return { failure: written.failure, files, right: false };
      const { manifestPath } = written.value;
      const right =
        (format === 'raw'
          ? readFileSync(imageOf(manifestPath)).equals(content)
          : (await qemuImg('compare', '-f', 'raw', '-F', QEMU[format], file, imageOf(manifestPath))) ===
            'Images are identical.\n') && unwrap(await verifyExport(manifestPath, { chain: true })).sound;
      return { failure: undefined, files, right };
    } finally {
      if (!killed) await server.stop();
      rmSync(place, { recursive: true });
    }
  }

  beforeAll(async () => {
    certificates = makeCertificates(join(folder.path, 'server-certificates'));
    outcomes = await runAll(Object.keys(cells), run);
  });

  it.each(Object.keys(cells))('%s', (name) => {
    const { expected } = cells[name];
    const { failure, files, right } = outcomes.get(name)!;
    if (expected === 'done') {
      expect({ failure, right }).toEqual({ failure: undefined, right: true });
      expect(files).toHaveLength(3);
    } else {
      expectClear(failure);
      expect(expected).toContain(failure?.code);
      expect(files).toEqual([]);
    }
  });
});
