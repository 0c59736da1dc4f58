import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BlockBuffer } from '../../src/main/engine/block-io/block-buffer';
import { openNbd } from '../../src/main/engine/nbd/open';
import type { NbdSource } from '../../src/main/engine/nbd/source';
import { targetFromUri } from '../../src/main/engine/nbd/uri';
import { requestsOf } from '../../src/shared/blocks/extent';
import { unwrap } from '../../src/shared/model/result';
import { makeCertificates, type Certificates } from '../fixtures/certificates';
import {
  startNbdkit,
  startNbdServer,
  startQemuNbd,
  type NbdServer,
  type NbdServerOptions,
} from '../fixtures/nbd-servers';
import { tempDir } from '../fixtures/temp-dir';

const MiB = 1 << 20;
/** Not a multiple of a MiB, so that the last request is short. */
const SIZE = 37 * MiB + 512;

const dir = tempDir();
const file = join(dir.path, 'disk');
let tls: Certificates;
let expected: string;

beforeAll(() => {
  tls = makeCertificates(join(dir.path, 'tls'));
  const fd = openSync(file, 'w');
  ftruncateSync(fd, SIZE);
  // data, hole, data that starts in the middle of a request, data at the very end
  const data = Buffer.alloc(9 * MiB + 512);
  for (let i = 0; i < data.length; i += 4) data.writeUInt32LE(Math.imul(i, 2654435761) >>> 0, i);
  writeSync(fd, data, 0, 5 * MiB, 0);
  writeSync(fd, data, MiB, 4 * MiB, 12 * MiB + 65_536);
  writeSync(fd, data, 0, data.length, SIZE - data.length);
  closeSync(fd);
  expected = createHash('sha256').update(readFileSync(file)).digest('hex');
});
afterAll(() => dir.remove());

/** SHA-256 of everything a source reads, with several requests in flight. */
async function digest(source: NbdSource, requestBytes = MiB, depth = 16): Promise<string> {
  const whole = Buffer.alloc(source.sizeBytes);
  const requests = requestsOf([{ offset: 0, length: source.sizeBytes }], requestBytes);
  const reader = async (): Promise<void> => {
    const buffer = new BlockBuffer(requestBytes);
    for (const { offset, length } of requests) {
      await source.read(buffer, offset, length);
      expect([buffer.offset, buffer.length]).toEqual([offset, length]);
      buffer.data().copy(whole, offset);
    }
  };
  await Promise.all(Array.from({ length: depth }, reader));
  return createHash('sha256').update(whole).digest('hex');
}

type Start = (options: NbdServerOptions) => Promise<NbdServer>;
const servers: Record<string, Start> = {
  'nbdkit file': (options) => startNbdkit(['file', file], options),
  'nbdkit, replies in any order': (options) =>
    startNbdkit(['--filter=delay', '--threads=8', 'file', file, 'rdelay=1ms'], options),
  'nbdkit, one request at a time': (options) => startNbdkit(['--filter=noparallel', 'file', file], options),
  'nbdkit, simple replies': (options) => startNbdkit(['--no-sr', 'file', file], options),
  'qemu-nbd': (options) => startQemuNbd(['-f', 'raw', file], options),
  'nbd-server': (options) => startNbdServer(file, options),
};
const transports: Record<string, () => NbdServerOptions> = {
  plain: () => ({}),
  unix: () => ({ unix: true }),
  TLS: () => ({ tls }),
  'TLS over unix': () => ({ tls, unix: true }),
};

for (const [name, start] of Object.entries(servers))
  for (const [transport, options] of Object.entries(transports)) {
    describe(`${name}, ${transport}`, () => {
      let server: NbdServer;
      beforeAll(async () => {
        server = await start(options());
      });
      afterAll(() => server.stop());

      test.each([1, 2, 8])('%i connections read the same bytes as the file', async (connections) => {
        const target = unwrap(
          targetFromUri(
            server.uri,
            options().tls ? { caPem: tls.caPem, clientCertificate: tls.client! } : {},
          ),
        );
        const opened = await openNbd({ targets: [target], connections, multiConnWithoutFlag: true });
        const source = unwrap(opened);
        try {
          expect(source.warnings).toEqual([]);
          expect(source.sizeBytes).toBe(SIZE);
          expect(source.stats.connectionsLive).toBe(connections);
          expect(await digest(source)).toBe(expected);
          expect(source.stats).toMatchObject({ bytesRead: SIZE, retries: 0, reconnects: 0 });
          expect(source.stats.connections.every((connection) => connection.receivePath === 'direct')).toBe(
            true,
          );
        } finally {
          await source.close();
        }
      });
    });
  }
