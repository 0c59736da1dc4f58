import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeCertificates } from '../fixtures/certificates';
import { startNbdkit, startNbdServer, startQemuNbd, type NbdServer } from '../fixtures/nbd-servers';
import { tempDir } from '../fixtures/temp-dir';

test('the server helpers serve a disk that nbdinfo can read', async () => {
  const dir = tempDir();
  const file = join(dir.path, 'disk');
  writeFileSync(file, Buffer.alloc(3 << 20, 7));
  const tls = makeCertificates(join(dir.path, 'tls'));
  const starts = [
    () => startNbdkit(['memory', '3M']),
    () => startNbdkit(['memory', '3M'], { unix: true, tls }),
    () => startQemuNbd(['-f', 'raw', file]),
    () => startQemuNbd(['-f', 'raw', file], { unix: true }),
    () => startQemuNbd(['-f', 'raw', file], { tls }),
    () => startNbdServer(file),
    () => startNbdServer(file, { unix: true }),
  ];
  const servers: NbdServer[] = [];
  try {
    for (const start of starts) {
      const server = await start();
      servers.push(server);
      const uri = `${server.uri}${server.uri.includes('?') ? '&' : '?'}tls-certificates=${tls.dir}`;
      const plain = server.uri.startsWith('nbd:') || server.uri.startsWith('nbd+');
      expect(execFileSync('nbdinfo', ['--size', plain ? server.uri : uri], { encoding: 'utf8' }).trim()).toBe(
        '3145728',
      );
    }
  } finally {
    for (const server of servers) await server.stop();
    dir.remove();
  }
});
