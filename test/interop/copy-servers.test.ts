import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates, type Certificates } from '../fixtures/certificates';
import { deltascope, type CliResult } from '../fixtures/cli';
import { pattern } from '../fixtures/image-source';
import {
  startNbdkit,
  startNbdServer,
  startQemuNbd,
  type NbdServer,
  type NbdServerOptions,
} from '../fixtures/nbd-servers';
import { demandSound, qemuImg, qemuInfo } from '../fixtures/qemu-img';
import { tempDir } from '../fixtures/temp-dir';

const MIB = 1024 * 1024;
/** Not a multiple of 64 KiB nor of 2 MiB: the last block is short. */
const SIZE = 37 * MIB + 1536;
const FORMATS = { raw: 'raw', vhd: 'vpc', qcow2: 'qcow2' } as const;

const dir = tempDir();
const disk = join(dir.path, 'disk.raw');
let certificates: Certificates;

/** Data in the first and last bytes, a long hole, single blocks, a data sector between zeros. */
function content(): Buffer {
  const bytes = Buffer.alloc(SIZE);
  pattern(3 * MIB, 1).copy(bytes, 0);
  pattern(65_536, 2).copy(bytes, 9 * MIB + 65_536);
  pattern(512, 3).copy(bytes, 20 * MIB + 4096);
  pattern(1536, 4).copy(bytes, SIZE - 1536);
  return bytes;
}

/** It is tried again for half a minute, in which the other tests run. */
let hopeless: Promise<CliResult & { readonly file: string }>;

beforeAll(() => {
  writeFileSync(disk, content());
  certificates = makeCertificates(join(dir.path, 'tls'));
  hopeless = copyFromBroken();
});
afterAll(async () => {
  await hopeless;
  dir.remove();
});

async function copyFromBroken(): Promise<CliResult & { readonly file: string }> {
  const faults = ['error-pread-rate=100%', 'error=EIO'];
  const server = await startNbdkit(['--filter=error', 'pattern', '64M', ...faults]);
  const file = join(dir.path, 'broken.vhd');
  try {
    return { file, ...(await deltascope(['copy', server.uri, file])) };
  } finally {
    await server.stop();
  }
}

const servers: Record<string, (options: NbdServerOptions) => Promise<NbdServer>> = {
  nbdkit: (options) => startNbdkit(['file', disk], options),
  'nbdkit that knows no holes': (options) => startNbdkit(['--filter=noextents', 'file', disk], options),
  'qemu-nbd': (options) => startQemuNbd(['-f', 'raw', disk], options),
  'nbd-server': (options) => startNbdServer(disk, options),
};
const transports: Record<string, () => NbdServerOptions> = {
  plain: () => ({}),
  TLS: () => ({ tls: certificates }),
  'unix socket': () => ({ unix: true }),
};

for (const [serverName, start] of Object.entries(servers)) {
  for (const [transport, options] of Object.entries(transports)) {
    // Debian's nbd-server hangs up after its own TLS handshake; nbdinfo fares no better.
    if (serverName === 'nbd-server' && transport === 'TLS') continue;
    it(`copies from ${serverName} over ${transport}: every format, 1, 2 and 8 connections`, async () => {
      const server = await start(options());
      try {
        await Promise.all(
          Object.entries(FORMATS).map(async ([format, qemuFormat], at) => {
            const count = [1, 2, 8][at];
            const file = join(dir.path, `${serverName}-${transport}-${count}.${format}`.replaceAll(' ', '-'));
            const trust = transport === 'TLS' ? ['--ca', join(certificates.dir, 'ca-cert.pem')] : [];
            const args = ['copy', server.uri, file, '--connections', String(count), '--json', ...trust];
            const { code, stdout, stderr } = await deltascope(args);
            expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
            expect(JSON.parse(stdout)).toMatchObject({ event: 'done', format, sizeBytes: SIZE });
            expect((await qemuInfo(file, qemuFormat))['virtual-size']).toBe(SIZE);
            await qemuImg('compare', '-f', 'raw', '-F', qemuFormat, disk, file);
            if (format === 'qcow2') await demandSound(file, 'qcow2');
            expect(existsSync(`${file}.partial`)).toBe(false);
          }),
        );
      } finally {
        await server.stop();
      }
    });
  }
}

describe('--changed', () => {
  /** Blocks 1, 2 and 4 of the first eight: 0b01101000 is not a palindrome. Block 300 lies in the hole. */
  const CHANGED = [1, 2, 4, 300];
  const bitmap = (): Buffer => {
    const bytes = Buffer.alloc(Math.ceil(SIZE / 65_536 / 8));
    bytes[0] = 0b01101000;
    bytes[300 >> 3] |= 0x80 >> (300 & 7);
    return bytes;
  };

  async function copyChanged(bitmapFile: string, name: string): Promise<Buffer> {
    const server = await startNbdkit(['file', disk]);
    try {
      const file = join(dir.path, name);
      const { code, stdout } = await deltascope([
        'copy',
        server.uri,
        file,
        '--changed',
        bitmapFile,
        '--json',
      ]);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ readBytes: CHANGED.length * 65_536 });
      return readFileSync(file);
    } finally {
      await server.stop();
    }
  }

  it('reads the marked blocks, most significant bit first, from raw bytes and from base64', async () => {
    const raw = join(dir.path, 'changed.bin');
    const text = join(dir.path, 'changed.b64');
    writeFileSync(raw, bitmap());
    writeFileSync(text, bitmap().toString('base64'));
    const expected = Buffer.alloc(SIZE);
    for (const block of CHANGED)
      content().copy(expected, block * 65_536, block * 65_536, (block + 1) * 65_536);
    expect((await copyChanged(raw, 'changed-1.raw')).equals(expected)).toBe(true);
    expect((await copyChanged(text, 'changed-2.raw')).equals(expected)).toBe(true);
  });

  it('with --base makes an increment that qemu merges to the newer disk, zeroed blocks included', async () => {
    const older = join(dir.path, 'older.raw');
    const before = content();
    for (const block of CHANGED) before.fill(0xaa, block * 65_536, (block + 1) * 65_536);
    writeFileSync(older, before);
    const bitmapFile = join(dir.path, 'inc.bin');
    writeFileSync(bitmapFile, bitmap());
    const [oldServer, newServer] = await Promise.all([
      startNbdkit(['file', older]),
      startNbdkit(['file', disk]),
    ]);
    try {
      for (const format of ['qcow2', 'raw']) {
        const [full, inc] = [join(dir.path, `chain-full.${format}`), join(dir.path, `chain-inc.${format}`)];
        expect((await deltascope(['copy', oldServer.uri, full])).code).toBe(0);
        const args = ['copy', newServer.uri, inc, '--changed', bitmapFile, '--base', full];
        expect(await deltascope(args)).toMatchObject({ code: 0, stderr: '' });
        await qemuImg('compare', '-f', 'raw', '-F', format, disk, inc);
      }
    } finally {
      await Promise.all([oldServer.stop(), newServer.stop()]);
    }
  });
});

describe('what goes wrong', () => {
  const left = (file: string): string[] =>
    readdirSync(dir.path).filter((name) => name.startsWith(file.slice(file.lastIndexOf('/') + 1)));

  it('a server that closes mid-read leaves no file and says so', async () => {
    const { file, code, stderr } = await hopeless;
    expect(code).toBe(1);
    expect(stderr).toContain('cannot read the disk at offset');
    expect(left(file)).toEqual([]);
  });

  it('a wrong authority and a wrong fingerprint are refused with exit code 4', async () => {
    const server = await startNbdkit(['file', disk], { tls: certificates });
    const other = makeCertificates(join(dir.path, 'other-tls'));
    try {
      for (const trust of [
        ['--ca', join(other.dir, 'ca-cert.pem')],
        ['--fingerprint', `sha256:${other.sha256}`],
        [],
      ]) {
        const file = join(dir.path, 'untrusted.raw');
        const { code, stderr } = await deltascope(['copy', server.uri, file, ...trust]);
        expect(code).toBe(4);
        expect(stderr).toContain('certificate');
        expect(left(file)).toEqual([]);
      }
      const right = ['--fingerprint', `sha256:${certificates.sha256}`];
      expect((await deltascope(['copy', server.uri, join(dir.path, 'trusted.raw'), ...right])).code).toBe(0);
    } finally {
      await server.stop();
    }
  });

  it('Ctrl+C cancels cleanly', async () => {
    const server = await startNbdkit(['--filter=delay', 'pattern', '1G', 'rdelay=50ms']);
    const file = join(dir.path, 'cancelled.qcow2');
    try {
      const running = deltascope(['copy', server.uri, file, '--json', '--limit', '1MiB/s'], {
        onStarted: async (kill) => {
          while (!existsSync(`${file}.partial`)) await new Promise((resolve) => setTimeout(resolve, 20));
          kill('SIGINT');
        },
      });
      const { code, stdout } = await running;
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ event: 'failed', failure: { code: 'cancelled' } });
      expect(left(file)).toEqual([]);
    } finally {
      await server.stop();
    }
  });

  it.each([
    [['copy', 'http://x/', 'a.raw'], 'not a usable NBD address'],
    [['copy', 'nbd://127.0.0.1/', 'a.raw', '--format', 'vmdk'], 'vmdk'],
    [['copy', 'nbd://127.0.0.1/', 'a.raw', '--connections', '17'], '1 to 16'],
    [['copy', 'nbd://127.0.0.1/', 'a.raw', '--limit', 'fast'], 'not a rate'],
    [['copy', 'nbd://127.0.0.1/'], 'missing required argument'],
    [['nonsense'], 'unknown command'],
  ])('wrong usage: %j', async (args, message) => {
    const { code, stderr } = await deltascope(args, { cwd: dir.path });
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it('an existing file is never overwritten', async () => {
    const file = join(dir.path, 'mine.raw');
    writeFileSync(file, 'mine');
    const server = await startNbdkit(['file', disk]);
    try {
      const { code, stderr } = await deltascope(['copy', server.uri, file]);
      expect(code).toBe(1);
      expect(stderr).toContain('exists already');
      expect(readFileSync(file, 'utf8')).toBe('mine');
    } finally {
      await server.stop();
    }
  });
});
