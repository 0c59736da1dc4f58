import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeCertificates } from '../fixtures/certificates';
import { startNbdkit, startNbdServer, startQemuNbd } from '../fixtures/nbd-servers';
import { tempDir } from '../fixtures/temp-dir';

test('the server helpers serve a disk that nbdinfo can read', async () => {
  const dir = tempDir();
  const file = join(dir.path, 'disk');
  writeFileSync(file, Buffer.alloc(3 << 20, 7));
  const tls = makeCertificates(join(dir.path, 'tls'));
  const servers = [
    await startNbdkit(['memory', '3M']),
    await startNbdkit(['memory', '3M'], { unix: true, tls }),
    await startQemuNbd(['-f', 'raw', file]),
    await startQemuNbd(['-f', 'raw', file], { unix: true }),
    await startQemuNbd(['-f', 'raw', file], { tls }),
    await startNbdServer(file),
    await startNbdServer(file, { unix: true }),
  ];
  try {
    for (const server of servers) {
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
