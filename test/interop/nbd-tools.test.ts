import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BlockBuffer } from '../../src/main/engine/block-io/block-buffer';
import type { AllocationExtent } from '../../src/main/engine/nbd/allocation';
import { openNbd } from '../../src/main/engine/nbd/open';
import type { OpenNbdOptions } from '../../src/main/engine/nbd/settings';
import type { NbdSource } from '../../src/main/engine/nbd/source';
import type { NbdTls } from '../../src/main/engine/nbd/target';
import { parseNbdUri } from '../../src/main/engine/nbd/uri';
import { unwrap, type Result } from '../../src/shared/model/result';
import { makeCertificates, type Certificates } from '../fixtures/certificates';
import { startNbdkit, startNbdServer, startQemuNbd, type NbdServer } from '../fixtures/nbd-servers';
import { handshake, readRequest, simpleReply, startScriptedServer } from '../fixtures/scripted-nbd-server';
import { tempDir } from '../fixtures/temp-dir';

const MiB = 1 << 20;
const dir = tempDir();
const disk = randomFillSync(Buffer.alloc(8 * MiB));
const file = join(dir.path, 'disk');
let tls: Certificates;
const running: { stop(): Promise<void> }[] = [];

beforeAll(() => {
  tls = makeCertificates(join(dir.path, 'tls'));
  writeFileSync(file, disk);
});
afterEach(async () => {
  for (const thing of running.splice(0).reverse()) await thing.stop();
});
afterAll(() => dir.remove());

const started = async (server: Promise<NbdServer>): Promise<NbdServer> => {
  running.push(await server);
  return server;
};

async function open(
  uri: string,
  options: Partial<OpenNbdOptions> = {},
  trust: NbdTls = { mode: 'none' },
): Promise<Result<NbdSource>> {
  const { address, exportName } = unwrap(parseNbdUri(uri));
  const opened = await openNbd({
    targets: [{ address, exportName, tls: trust }],
    sleep: async () => undefined,
    ...options,
  });
  if (opened.ok) running.push({ stop: () => opened.value.close() });
  return opened;
}

async function readAll(source: NbdSource, requestBytes = MiB): Promise<Buffer> {
  const whole = Buffer.alloc(source.sizeBytes);
  const reads: Promise<void>[] = [];
  for (let offset = 0; offset < source.sizeBytes; offset += requestBytes) {
    const buffer = new BlockBuffer(requestBytes);
    const length = Math.min(requestBytes, source.sizeBytes - offset);
    reads.push(source.read(buffer, offset, length).then(() => void buffer.data().copy(whole, offset)));
  }
  await Promise.all(reads);
  return whole;
}

describe('TLS of nbdkit with a certificate signed by an authority', () => {
  const modes: Record<string, () => NbdTls> = {
    'pinned, without its authority': () => ({ mode: 'pinned-certificate', certPem: tls.certPem }),
    fingerprint: () => ({ mode: 'fingerprint', sha256: tls.sha256 }),
    'authority and IP address': () => ({ mode: 'ca', caPem: tls.caPem, servername: '127.0.0.1' }),
    'authority and name': () => ({ mode: 'ca', caPem: tls.caPem, servername: 'localhost' }),
  };
  test.each(Object.entries(modes))('%s', async (_name, trust) => {
    const server = await started(startNbdkit(['file', file], { tls }));
    const source = unwrap(await open(server.uri, {}, trust()));
    expect((await readAll(source)).equals(disk)).toBe(true);
  });

  test('a server that asks for a certificate of ours gets it, and one without is turned away', async () => {
    const server = await started(startNbdkit(['--tls-verify-peer', 'file', file], { tls }));
    const client = { clientCertificate: tls.client };
    const source = unwrap(await open(server.uri, {}, { ...modes['fingerprint'](), ...client }));
    expect((await readAll(source)).equals(disk)).toBe(true);
    expect((await open(server.uri, {}, modes['fingerprint']())).ok).toBe(false);
  });

  test('a server without TLS is not read in plain text', async () => {
    const server = await started(startNbdkit(['--tls=off', 'file', file]));
    expect(await open(server.uri, {}, modes['fingerprint']())).toMatchObject({
      failure: { code: 'nbd-tls-refused' },
    });
  });

  test('a server that demands TLS says so', async () => {
    const server = await started(startNbdkit(['file', file], { tls }));
    expect(await open(server.uri)).toMatchObject({ failure: { code: 'nbd-tls-required' } });
  });
});

test('an export that qemu-nbd does not have is refused', async () => {
  const server = await started(startQemuNbd(['-f', 'raw', file], { exportName: 'there' }));
  expect(await open(server.uri.replace('there', 'elsewhere'))).toMatchObject({
    failure: { code: 'nbd-export-refused' },
  });
});

test('patterns of a server are what they should be at 2 TiB', async () => {
  const server = await started(startNbdkit(['pattern', '2T']));
  const source = unwrap(await open(server.uri));
  const buffer = new BlockBuffer(4096);
  const offset = 2 ** 41 - 4096;
  await source.read(buffer, offset, 4096);
  for (let i = 0; i < 4096; i += 8) expect(buffer.data().readBigUInt64BE(i)).toBe(BigInt(offset + i));
});

test('a tenth of all reads fails now and then, and every byte arrives all the same', async () => {
  const server = await started(startNbdkit(['--filter=error', 'file', file, 'error-pread-rate=10%']));
  const source = unwrap(await open(server.uri, { maxAttempts: 20 }));
  expect((await readAll(source, 16_384)).equals(disk)).toBe(true);
  expect(source.stats.retries).toBeGreaterThan(0);
  expect(source.stats.reconnects).toBe(0);
});

test('a server that is killed and started again is read on', async () => {
  const first = await startNbdkit(['--filter=delay', 'file', file, 'rdelay=1000']);
  let restart!: () => void;
  const restarted = new Promise<void>((resolve) => (restart = resolve));
  const source = unwrap(await open(first.uri, { connections: 2, sleep: () => restarted }));
  const reading = readAll(source);
  await expect.poll(() => source.stats.connections.some(({ inFlight }) => inFlight > 0)).toBe(true);
  process.kill(first.pid, 'SIGKILL');
  await first.stop();
  await started(startNbdkit(['file', file], { port: first.port }));
  restart();
  expect((await reading).equals(disk)).toBe(true);
  await expect.poll(() => source.stats).toMatchObject({ reconnects: 2, connectionsLive: 2 });
  await source.close();
});

describe('servers that take one client at a time', () => {
  test('nbd-server without a process per client', async () => {
    const server = await started(startNbdServer(file, { oneClient: true }));
    const source = unwrap(
      await open(server.uri, { connections: 4, multiConnWithoutFlag: true, connectTimeoutMs: 3_000 }),
    );
    expect(source.warnings).toHaveLength(1);
    expect((await readAll(source)).equals(disk)).toBe(true);
  });

  test('a second connection that is never greeted becomes a warning', async () => {
    const server = await startScriptedServer(async (peer, index) => {
      if (index > 0) return;
      await handshake(peer, { sizeBytes: disk.length });
      for (;;) {
        const { cookie, offset, length } = await readRequest(peer);
        simpleReply(peer, cookie, 0, disk.subarray(offset, offset + length));
      }
    });
    running.push(server);
    const source = unwrap(await open(server.uri, { connections: 4, connectTimeoutMs: 200 }));
    expect(source.warnings.map(({ code }) => code)).toEqual(['nbd-timeout']);
    expect((await readAll(source)).equals(disk)).toBe(true);
  });
});

describe('allocation', () => {
  const collect = async (source: NbdSource): Promise<AllocationExtent[]> => {
    const extents: AllocationExtent[] = [];
    for await (const extent of source.allocation()) extents.push(extent);
    return extents;
  };
  const types: Record<AllocationExtent['kind'], number> = { data: 0, zero: 2, hole: 3 };

  test.each<[string, () => Promise<NbdServer>]>([
    [
      'nbdkit, sparse memory',
      () => startNbdkit(['data', '@0x1000000 1 @0x40000000 2*100000 @0x180000000 3', 'size=7G']),
    ],
    [
      'nbdkit, extents of its own',
      async () => startNbdkit(['--filter=extentlist', 'null', '3G', `extentlist=${extentList()}`]),
    ],
    ['qemu-nbd, qcow2', async () => startQemuNbd(['-f', 'qcow2', '-A', qcow2()])],
  ])('of %s is what nbdinfo says', async (_name, start) => {
    const server = await started(start());
    const source = unwrap(await open(server.uri));
    expect(source.knowsAllocation).toBe(true);
    const judged = JSON.parse(
      execFileSync('nbdinfo', ['--map', '--json', server.uri], { encoding: 'utf8' }),
    ) as {
      offset: number;
      length: number;
      type: number;
    }[];
    const ours = await collect(source);
    expect(ours.map(({ offset, length, kind }) => ({ offset, length, type: types[kind] }))).toEqual(
      judged.map(({ offset, length, type }) => ({ offset, length, type: type === 1 ? 0 : type })),
    );
    expect(ours.length).toBeGreaterThan(2);
  });

  test('of a part starts and ends where asked', async () => {
    const server = await started(startNbdkit(['data', '@0x100000 1', 'size=4M']));
    const source = unwrap(await open(server.uri));
    const extents: AllocationExtent[] = [];
    for await (const extent of source.allocation({ offset: 1000, length: 2 * MiB })) extents.push(extent);
    expect(extents[0]?.offset).toBe(1000);
    expect(extents.reduce((sum, { length }) => sum + length, 0)).toBe(2 * MiB);
    expect(extents.map(({ kind }) => kind)).toEqual(['hole', 'data', 'hole']);
  });

  test('is not known by a server with simple replies only', async () => {
    const server = await started(startNbdkit(['--no-sr', 'memory', '1M']));
    const source = unwrap(await open(server.uri));
    expect(source.knowsAllocation).toBe(false);
    await expect(collect(source)).rejects.toMatchObject({ failure: { code: 'nbd-no-block-status' } });
  });

  function extentList(): string {
    const path = join(dir.path, 'extents');
    writeFileSync(path, '0 65536\n65536 1G hole,zero\n1073807360 131072 zero\n2G 512\n');
    return path;
  }
  function qcow2(): string {
    const path = join(dir.path, 'sparse.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', path, '5G']);
    for (const command of ['write -P 1 100M 1M', 'write -z 200M 3M', 'write -P 2 3G 64k'])
      execFileSync('qemu-io', ['-c', command, path], { stdio: 'ignore' });
    return path;
  }
});
