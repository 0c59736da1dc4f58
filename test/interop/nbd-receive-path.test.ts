import { randomFillSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { BlockBuffer } from '../../src/main/engine/block-io/block-buffer';
import * as direct from '../../src/main/engine/nbd/direct-receive';
import { openNbd } from '../../src/main/engine/nbd/open';
import { targetFromUri } from '../../src/main/engine/nbd/uri';
import { unwrap } from '../../src/shared/model/result';
import { makeCertificates, type Certificates } from '../fixtures/certificates';
import { startNbdkit, type NbdServer } from '../fixtures/nbd-servers';
import { tempDir } from '../fixtures/temp-dir';

vi.mock('../../src/main/engine/nbd/direct-receive', { spy: true });

const dir = tempDir();
const disk = randomFillSync(Buffer.alloc(5 << 20));
let certificates: Certificates;
let server: NbdServer;

beforeAll(async () => {
  const file = join(dir.path, 'disk');
  writeFileSync(file, disk);
  certificates = makeCertificates(join(dir.path, 'tls'));
  server = await startNbdkit(['file', file], { tls: certificates });
});
afterAll(async () => {
  await server.stop();
  dir.remove();
});

/** Reads the disk and says which way the bytes took. */
async function pathTaken(): Promise<string | undefined> {
  const target = unwrap(targetFromUri(server.uri, { fingerprint: certificates.sha256 }));
  const source = unwrap(await openNbd({ targets: [target], connections: 1 }));
  try {
    const buffers = Array.from({ length: 5 }, () => new BlockBuffer(1 << 20));
    await Promise.all(buffers.map((buffer, i) => source.read(buffer, i << 20, 1 << 20)));
    expect(Buffer.concat(buffers.map((buffer) => buffer.data())).equals(disk)).toBe(true);
    return source.stats.connections[0]?.receivePath;
  } finally {
    await source.close();
  }
}

test('this runtime receives TLS data straight into block buffers', async () => {
  console.log(`TLS receive path in use: ${direct.tlsReceivePath()}`);
  expect(direct.tlsReceivePath()).toBe('direct');
  expect(await pathTaken()).toBe('direct');
});

test('a runtime that fails the self-test reads the same bytes from stream events', async () => {
  vi.mocked(direct.tlsReceivePath).mockReturnValue('stream');
  expect(await pathTaken()).toBe('stream');
  vi.mocked(direct.tlsReceivePath).mockRestore();
});

test('a runtime that passes the self-test but ignores the buffers still reads, and says how', async () => {
  vi.mocked(direct.connectTlsDirect).mockImplementation((options) => tls.connect(options));
  expect(await pathTaken()).toBe('stream');
  vi.mocked(direct.connectTlsDirect).mockRestore();
});

test('the self-test and a connection leave net.Socket as it was', async () => {
  const { Socket } = net;
  await pathTaken();
  direct.tlsReceivePath();
  expect(net.Socket).toBe(Socket);
});
