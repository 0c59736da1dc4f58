import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BlockBuffer } from '../../src/main/engine/block-io/block-buffer';
import { openNbd } from '../../src/main/engine/nbd/open';
import type { NbdEvent, OpenNbdOptions } from '../../src/main/engine/nbd/settings';
import type { NbdTarget, NbdTls } from '../../src/main/engine/nbd/target';
import type { NbdSource } from '../../src/main/engine/nbd/source';
import { err, ok, unwrap, type Result } from '../../src/shared/model/result';
import { makeSelfSignedCertificate, type Certificates } from '../fixtures/certificates';
import { startScriptedServer, type Peer, type ScriptedServer } from '../fixtures/scripted-nbd-server';
import { tempDir } from '../fixtures/temp-dir';
import { xapiNbd } from '../fixtures/xapi-nbd-manners';

const SECRET = '/4f9c?session_id=OpaqueRef:11';
const disk = Buffer.alloc((6 << 20) + 1536);
for (let i = 0; i < disk.length; i += 4) disk.writeUInt32LE(Math.imul(i + 4, 2654435761) >>> 0, i);

const dir = tempDir();
let host: Certificates;
let other: Certificates;
let server: ScriptedServer | undefined;
let source: NbdSource | undefined;

beforeAll(() => {
  host = makeSelfSignedCertificate(join(dir.path, 'host'));
  other = makeSelfSignedCertificate(join(dir.path, 'other'));
});
afterAll(() => dir.remove());
afterEach(async () => {
  await source?.close();
  await server?.stop();
  source = server = undefined;
});

const serve = async (script: (peer: Peer, index: number) => Promise<void> | void): Promise<ScriptedServer> =>
  (server = await startScriptedServer(script));
const target = (tls: NbdTls, exportName = SECRET): NbdTarget => ({
  address: { kind: 'tcp', host: '127.0.0.1', port: server!.port },
  exportName,
  tls,
});
const open = (tls: NbdTls, options: Partial<OpenNbdOptions> = {}): Promise<Result<NbdSource>> =>
  openNbd({
    targets: [target(tls)],
    multiConnWithoutFlag: true,
    minimumBlockSize: 512,
    sleep: async () => undefined,
    ...options,
  });

async function readAll(from: NbdSource): Promise<Buffer> {
  const whole = Buffer.alloc(from.sizeBytes);
  const reads: Promise<void>[] = [];
  for (let offset = 0; offset < from.sizeBytes; offset += 1 << 20) {
    const buffer = new BlockBuffer(1 << 20);
    const length = Math.min(1 << 20, from.sizeBytes - offset);
    reads.push(from.read(buffer, offset, length).then(() => void buffer.data().copy(whole, offset)));
  }
  await Promise.all(reads);
  return whole;
}

async function failureOf(reading: Promise<Result<unknown>>): Promise<{ code: string; details?: string }> {
  const result = await reading;
  if (result.ok) throw new Error('it should have failed');
  expect(JSON.stringify(result.failure)).not.toContain('session_id');
  return result.failure;
}

describe('TLS', () => {
  const secure = (): Promise<ScriptedServer> =>
    serve((peer) => xapiNbd(peer, { disk, exportName: SECRET, tls: host }));

  test.each([
    ['the pinned certificate', () => ({ mode: 'pinned-certificate', certPem: host.certPem }) as const],
    [
      'its fingerprint',
      () => ({ mode: 'fingerprint', sha256: `SHA256:${host.sha256.toUpperCase()}` }) as const,
    ],
    [
      'the authority and the name',
      () => ({ mode: 'ca', caPem: host.certPem, servername: 'localhost' }) as const,
    ],
  ])('is accepted with %s', async (_name, tls) => {
    await secure();
    source = unwrap(await open(tls(), { connections: 3 }));
    expect(source.warnings).toEqual([]);
    expect((await readAll(source)).equals(disk)).toBe(true);
    expect(source.stats.connections).toHaveLength(3);
  });

  test.each([
    [
      'another certificate is pinned',
      () => ({ mode: 'pinned-certificate', certPem: other.certPem }) as const,
    ],
    ['the fingerprint is another', () => ({ mode: 'fingerprint', sha256: other.sha256 }) as const],
  ])('is refused when %s, with both fingerprints and before the export name is sent', async (_name, tls) => {
    const seen: Buffer[] = [];
    await serve(async (peer) => {
      const write = peer.read.bind(peer);
      peer.read = async (bytes) => {
        const read = await write(bytes);
        seen.push(read);
        return read;
      };
      await xapiNbd(peer, { disk, exportName: SECRET, tls: host });
    });
    const failure = await failureOf(open(tls()));
    expect(failure.code).toBe('nbd-certificate-mismatch');
    expect(failure.details).toContain(host.sha256);
    expect(failure.details).toContain(other.sha256);
    expect(Buffer.concat(seen).includes('session_id')).toBe(false);
  });

  test.each([
    ['another authority', () => ({ mode: 'ca', caPem: other.certPem, servername: 'localhost' }) as const],
    ['the authorities of the system', () => ({ mode: 'ca', servername: 'localhost' }) as const],
    ['another name', () => ({ mode: 'ca', caPem: host.certPem, servername: 'example.org' }) as const],
  ])('is refused with %s', async (_name, tls) => {
    await secure();
    const failure = await failureOf(open(tls()));
    expect(failure.code).toBe('nbd-certificate-untrusted');
    expect(failure.details).toContain(host.sha256);
  });

  test('malformed trust settings are named before anything is connected', async () => {
    await secure();
    expect((await failureOf(open({ mode: 'fingerprint', sha256: 'beef' }))).code).toBe(
      'nbd-bad-trust-settings',
    );
    expect((await failureOf(open({ mode: 'pinned-certificate', certPem: 'x' }))).code).toBe(
      'nbd-bad-trust-settings',
    );
    expect(server!.connections()).toBe(0);
  });

  test('is demanded by the server but not asked for', async () => {
    await secure();
    expect((await failureOf(open({ mode: 'none' }))).code).toBe('nbd-tls-required');
  });

  test('is refused on an insecure network, and nothing falls back to plain text', async () => {
    await serve((peer) => xapiNbd(peer, { disk, exportName: SECRET }));
    const failure = await failureOf(open({ mode: 'fingerprint', sha256: host.sha256 }));
    expect(failure).toMatchObject({ code: 'nbd-tls-refused', details: 'ERR_POLICY' });
  });

  test('data smuggled in before TLS is an error', async () => {
    await serve(async (peer) => {
      peer.write('NBDMAGICIHAVEOPT', [0, 1]);
      await peer.read(4 + 16);
      const ack = Buffer.from('0003e889045565a9000000050000000100000000', 'hex');
      peer.write(Buffer.concat([ack, Buffer.from('injected')]));
    });
    expect((await failureOf(open({ mode: 'fingerprint', sha256: host.sha256 }))).code).toBe(
      'nbd-protocol-error',
    );
  });
});

describe('manners of a host', () => {
  test('reads all over connections opened one after another, and says goodbye on each', async () => {
    const log: number[] = [];
    let attaching = 0;
    let mostAtOnce = 0;
    await serve((peer) => {
      mostAtOnce = Math.max(mostAtOnce, ++attaching);
      return xapiNbd(peer, {
        disk,
        exportName: SECRET,
        attachMs: 20,
        onAttached: () => attaching--,
        onRequest: (type) => log.push(type),
      });
    });
    source = unwrap(await open({ mode: 'none' }, { connections: 4 }));
    expect(server!.connections()).toBe(4);
    expect(mostAtOnce).toBe(1);
    expect((await readAll(source)).equals(disk)).toBe(true);
    await source.close();
    await expect.poll(() => log.filter((type) => type === 2)).toHaveLength(4);
    expect(new Set(log)).toEqual(new Set([0, 2]));
  });

  test('the 17th connection is not greeted: a failure when it is the first, a warning when it is a further one', async () => {
    await serve((peer) => peer.end());
    expect((await failureOf(open({ mode: 'none' }))).code).toBe('nbd-refused-before-greeting');
    await server!.stop();
    await serve((peer, index) => (index < 2 ? xapiNbd(peer, { disk, exportName: SECRET }) : peer.end()));
    source = unwrap(await open({ mode: 'none' }, { connections: 6 }));
    expect(source.warnings.map(({ code }) => code)).toEqual(['nbd-refused-before-greeting']);
    expect(source.stats.connectionsLive).toBe(2);
    expect(server!.connections()).toBe(3);
  });

  test('a busy host is asked again with fresh targets, until patience is over', async () => {
    const scripts = {
      'all connections in use': (peer: Peer) => peer.end(),
      'the disk is being attached elsewhere': (peer: Peer) => xapiNbd(peer, { disk, exportName: 'another' }),
    };
    for (const [why, busy] of Object.entries(scripts)) {
      await serve((peer, index) => (index < 3 ? busy(peer) : xapiNbd(peer, { disk, exportName: SECRET })));
      const waits: number[] = [];
      const events: string[] = [];
      let fresh = 0;
      const options = (busyPatienceMs: number): Partial<OpenNbdOptions> => ({
        connections: 1,
        busyPatienceMs,
        sleep: async (ms) => void waits.push(ms),
        onEvent: ({ kind }) => events.push(kind),
        refreshTarget: async () => {
          fresh++;
          return ok(target({ mode: 'none' }));
        },
      });
      const refused = await failureOf(open({ mode: 'none' }, options(900)));
      expect([why, refused.code]).toEqual([why, expect.stringMatching(/refused/)]);
      expect({ waits, events, fresh }).toEqual({ waits: [1000], events: ['busy'], fresh: 1 });
      source = unwrap(await open({ mode: 'none' }, options(60_000)));
      expect({ waits, events, fresh }).toEqual({
        waits: [1000, 1000],
        events: ['busy', 'busy', 'connected'],
        fresh: 2,
      });
      await source.close();
      await server!.stop();
    }
  });

  test('a host that is full is waited for however long it takes, where that is wanted; a refused disk is not', async () => {
    const waits: number[] = [];
    const options: Partial<OpenNbdOptions> = {
      connections: 1,
      busyPatienceMs: 2000,
      waitWhileFull: true,
      sleep: async (ms) => void waits.push(ms),
    };
    await serve((peer, index) => (index < 20 ? peer.end() : xapiNbd(peer, { disk, exportName: SECRET })));
    source = unwrap(await open({ mode: 'none' }, options));
    expect(waits).toHaveLength(20);
    expect(Math.min(...waits)).toBe(1000);
    expect(waits.reduce((sum, ms) => sum + ms)).toBeGreaterThan(120_000);
    await source.close();
    await server!.stop();
    waits.splice(0);
    await serve((peer) => xapiNbd(peer, { disk, exportName: 'another' }));
    expect((await failureOf(open({ mode: 'none' }, options))).code).toBe('nbd-export-refused');
    expect(waits).toEqual([1000, 2000]);
  });

  test('a host that breaks off while a connection is set up is asked a few times more, where that is wanted', async () => {
    const waits: number[] = [];
    const options: Partial<OpenNbdOptions> = { connections: 1, sleep: async (ms) => void waits.push(ms) };
    const twice = (peer: Peer, index: number): Promise<void> | void => {
      if (index >= 2) return xapiNbd(peer, { disk, exportName: SECRET });
      peer.write('NBDMAGICIHAVEOPT');
      peer.end();
    };
    await serve(twice);
    source = unwrap(await open({ mode: 'none' }, { ...options, breaksBorne: 2 }));
    expect(waits).toEqual([1000, 2000]);
    await source.close();
    await server!.stop();
    for (const breaksBorne of [1, 0, undefined]) {
      await serve(twice);
      const failure = await failureOf(open({ mode: 'none' }, { ...options, breaksBorne }));
      expect(failure.code).toBe('nbd-closed-in-handshake');
      expect(server!.connections()).toBe(1 + (breaksBorne ?? 0));
      await server!.stop();
    }
  });

  test('a busy host is not asked again once the disk is gone, nor after a cancellation', async () => {
    await serve((peer) => peer.end());
    const gone = { code: 'object-gone', message: 'It is gone.', nextStep: 'Choose again.' };
    const refreshTarget = () => Promise.resolve(err(gone));
    expect(await failureOf(open({ mode: 'none' }, { busyPatienceMs: 60_000, refreshTarget }))).toEqual(gone);
    expect(server!.connections()).toBe(1);
    const stop = new AbortController();
    const cancelled = open(
      { mode: 'none' },
      { busyPatienceMs: 60_000, signal: stop.signal, onEvent: () => stop.abort() },
    );
    expect((await failureOf(cancelled)).code).toBe('nbd-cancelled');
    expect(server!.connections()).toBe(2);
  });

  test('an export name that is not served ends as refused', async () => {
    await serve((peer) => xapiNbd(peer, { disk, exportName: 'another' }));
    expect((await failureOf(open({ mode: 'none' }))).code).toBe('nbd-export-refused');
  });

  test('without the flag for several connections one is used, with a warning', async () => {
    await serve((peer) => xapiNbd(peer, { disk, exportName: SECRET }));
    source = unwrap(await open({ mode: 'none' }, { connections: 4, multiConnWithoutFlag: false }));
    expect(source.warnings.map(({ code }) => code)).toEqual(['nbd-single-connection']);
    expect(server!.connections()).toBe(1);
  });

  test('reads are widened to sectors', async () => {
    const asked: number[][] = [];
    await serve((peer) =>
      xapiNbd(peer, {
        disk,
        exportName: SECRET,
        onRequest: (type, ...range) => type === 0 && asked.push(range),
      }),
    );
    source = unwrap(await open({ mode: 'none' }, { connections: 1 }));
    const buffer = new BlockBuffer(4096);
    await source.read(buffer, 1000, 100);
    expect(buffer.data().equals(disk.subarray(1000, 1100))).toBe(true);
    expect(buffer.offset).toBe(1000);
    await source.read(buffer, disk.length - 7, 7);
    expect(buffer.data().equals(disk.subarray(disk.length - 7))).toBe(true);
    expect(asked).toEqual([
      [512, 1024],
      [disk.length - 512, 512],
    ]);
  });

  test('a lost connection is replaced with a fresh export name, and all bytes arrive', async () => {
    let session = 0;
    const name = (): string => `/disk?session_id=${session}`;
    await serve((peer, index) =>
      xapiNbd(peer, { disk, exportName: name(), ...(index < 3 ? { badOffset: 5 << 20 } : {}) }),
    );
    const waits: number[] = [];
    const events: NbdEvent[] = [];
    source = unwrap(
      await openNbd({
        targets: [target({ mode: 'none' }, name())],
        connections: 1,
        refreshTarget: async () => {
          session++;
          return ok(target({ mode: 'none' }, name()));
        },
        sleep: async (ms) => void waits.push(ms),
        onEvent: (event) => events.push(event),
      }),
    );
    expect((await readAll(source)).equals(disk)).toBe(true);
    expect(source.stats).toMatchObject({ reconnects: 3, connectionsLive: 1 });
    expect(session).toBe(3);
    expect(source.stats.retries).toBeGreaterThanOrEqual(3);
    expect(waits).toEqual([1000, 2000, 4000]);
    expect(events.filter(({ kind }) => kind === 'reconnected')).toHaveLength(3);
  });

  test('a sector that can never be read ends as closed mid-read after the attempts, naming the place', async () => {
    await serve((peer) => xapiNbd(peer, { disk, exportName: SECRET, badOffset: 1 << 20 }));
    source = unwrap(await open({ mode: 'none' }, { connections: 2, maxAttempts: 3 }));
    await expect(source.read(new BlockBuffer(65_536), 1 << 20, 65_536)).rejects.toMatchObject({
      failure: { code: 'nbd-closed-mid-read', details: expect.stringContaining(String(1 << 20)) },
    });
    expect(source.stats.retries).toBe(2);
  });

  test('a disk of another size after reconnecting is not read on', async () => {
    await serve((peer, index) =>
      xapiNbd(peer, {
        disk: index === 0 ? disk : disk.subarray(0, 4 << 20),
        exportName: SECRET,
        badOffset: 2 << 20,
      }),
    );
    source = unwrap(await open({ mode: 'none' }, { connections: 1 }));
    await expect(source.read(new BlockBuffer(512), 2 << 20, 512)).rejects.toMatchObject({
      failure: { code: 'nbd-size-changed' },
    });
  });

  test('of several hosts the first that serves is taken', async () => {
    const busy = await startScriptedServer((peer) => peer.end());
    try {
      await serve((peer) => xapiNbd(peer, { disk, exportName: SECRET }));
      const first: NbdTarget = {
        ...target({ mode: 'none' }),
        address: { kind: 'tcp', host: '127.0.0.1', port: busy.port },
      };
      source = unwrap(
        await open({ mode: 'none' }, { targets: [first, target({ mode: 'none' })], connections: 3 }),
      );
      expect(source.stats.connectionsLive).toBe(3);
      expect(busy.connections()).toBe(1);
    } finally {
      await busy.stop();
    }
  });
});
