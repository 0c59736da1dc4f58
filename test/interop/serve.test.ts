import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serveExport, type ServedExport } from '../../src/main/engine/library/serve';
import type { NbdAddress } from '../../src/main/engine/nbd/target';
import type { Manifest } from '../../src/shared/model/manifest';
import type { Failure } from '../../src/shared/model/failure';
import { unwrap } from '../../src/shared/model/result';
import { deltascope } from '../fixtures/cli';
import { exportChain } from '../fixtures/exported-chain';
import { pattern } from '../fixtures/image-source';
import { qemuImg, qemuIo } from '../fixtures/qemu-img';
import { tempDir } from '../fixtures/temp-dir';

const run = promisify(execFile);
const MIB = 1024 * 1024;
const KIB64 = 65_536;
const SIZE = 40 * MIB + 1536;
const LOCAL: NbdAddress = { kind: 'tcp', host: '127.0.0.1', port: 0 };

/** A full; then a block that becomes zero, one changed sector and the short end; then the disk grows. */
function states(): Buffer[] {
  const first = Buffer.alloc(SIZE);
  pattern(9 * MIB, 1).copy(first, 0);
  pattern(KIB64, 2).copy(first, 25 * MIB);
  pattern(1536, 3).copy(first, SIZE - 1536);
  const second = Buffer.from(first);
  second.fill(0, 3 * KIB64, 4 * KIB64);
  second.fill(0x5a, 25 * MIB + 512, 25 * MIB + 1024);
  second.fill(0xa5, SIZE - 512);
  const third = Buffer.concat([second, Buffer.alloc(44 * MIB - SIZE)]);
  third.fill(0x77, 43 * MIB, 43 * MIB + 700);
  return [first, second, third];
}

const dir = tempDir();
const open: ServedExport[] = [];
afterEach(async () => {
  for (const served of open.splice(0)) await served.close();
});
afterAll(() => dir.remove());

async function serve(manifest: string, listen = LOCAL, failures: Failure[] = []): Promise<string> {
  const served = unwrap(
    await serveExport(manifest, { listen, onFailure: (failure) => failures.push(failure) }),
  );
  open.push(served);
  return served.uri;
}

/** With Debian's Python, which has libnbd; another may come first on the path. */
const nbdsh = (script: string) => run('/usr/bin/python3', ['-m', 'nbd', '-c', script]);

const read = (manifest: string): Manifest => JSON.parse(readFileSync(manifest, 'utf8')) as Manifest;

describe.each(['vhd', 'qcow2', 'raw'] as const)('a chain of %s, served', (format) => {
  const folder = join(dir.path, format);
  const truth = (at: number): string => join(folder, `state-${at}.bin`);
  let manifests: string[];

  beforeAll(async () => {
    mkdirSync(folder);
    manifests = (await exportChain(folder, format, states())).map((written) => written.manifestPath);
  });

  it('is each state of the disk to qemu-img', async () => {
    for (const at of [0, 1, 2]) {
      const uri = await serve(manifests[at]);
      await qemuImg('compare', '-f', 'raw', '-F', 'raw', truth(at), uri);
      const copy = join(folder, `converted-${at}`);
      await qemuImg('convert', '-f', 'raw', '-O', 'raw', uri, copy);
      expect(readFileSync(copy).equals(readFileSync(truth(at)))).toBe(true);
    }
  });

  it('is the disk to nbdcopy, which reads over several connections, and skips what is empty', async () => {
    const copy = join(folder, 'nbdcopied');
    await run('nbdcopy', [await serve(manifests[2]), copy]);
    expect(readFileSync(copy).equals(readFileSync(truth(2)))).toBe(true);
    expect(statSync(copy).blocks * 512).toBeLessThan(11 * MIB);
  });

  it('says where it holds data', async () => {
    const uri = await serve(manifests[2]);
    const { stdout } = await run('nbdinfo', ['--map', '--json', uri]);
    const map = JSON.parse(stdout) as { offset: number; length: number; type: number }[];
    const state = readFileSync(truth(2));
    expect(map.at(-1)!.offset + map.at(-1)!.length).toBe(44 * MIB);
    for (const { offset, length, type } of map)
      if (type !== 0) expect(state.subarray(offset, offset + length).every((byte) => byte === 0)).toBe(true);
    const data = map.filter(({ type }) => type === 0).reduce((sum, { length }) => sum + length, 0);
    expect(data).toBeLessThan(10 * MIB);
  });
});

describe('a served export', () => {
  const folder = join(dir.path, 'one');
  let manifest: string;
  let truth: Buffer;

  beforeAll(async () => {
    mkdirSync(folder);
    const [first] = states();
    truth = first;
    manifest = (await exportChain(folder, 'qcow2', [first]))[0].manifestPath;
  });

  it('describes itself', async () => {
    const uri = await serve(manifest);
    const { stdout } = await run('nbdinfo', ['--json', uri]);
    const info = JSON.parse(stdout) as { exports: Record<string, unknown>[]; structured: boolean };
    expect(info.structured).toBe(true);
    expect(info.exports[0]).toMatchObject({
      'export-size': SIZE,
      is_read_only: true,
      can_multi_conn: true,
      contexts: ['base:allocation'],
      block_size_maximum: 32 * MIB,
      description: expect.stringMatching(/^data, 2026-01-01/),
    });
    expect((await run('nbdinfo', ['--list', uri])).stdout).toContain('data, 2026-01-01');
  });

  it('cannot be written', async () => {
    const uri = await serve(manifest);
    await expect(qemuIo(uri, 'raw', 'write 0 512')).rejects.toThrow(/Permission denied/);
    // A client that does not care what the server said.
    const script = [
      'h.set_strict_mode(0)',
      `h.connect_uri("${uri}")`,
      'def refused(work):',
      '    try:',
      '        work()',
      '    except nbd.Error as error:',
      '        return error.errno',
      'print(refused(lambda: h.pwrite(b"x" * 100000, 0)), refused(lambda: h.zero(512, 0)), refused(lambda: h.trim(512, 0)))',
      'print(h.pread(4, 0).hex())',
    ].join('\n');
    const { stdout } = await nbdsh(script);
    expect(stdout.trim().split('\n')).toEqual(['EPERM EPERM EPERM', truth.subarray(0, 4).toString('hex')]);
  });

  it('answers to clients that speak only the oldest part of the protocol, at any offset', async () => {
    const uri = await serve(manifest);
    const script = [
      'h.set_request_structured_replies(False)',
      'h.set_opt_mode(False)',
      `h.connect_uri("${uri}")`,
      `print(h.pread(70001, ${MIB - 333}).hex() == open("${join(folder, 'state-0.bin')}", "rb").read()[${MIB - 333}:][:70001].hex())`,
      'h.set_strict_mode(0)',
      'try:',
      `    h.pread(512, ${SIZE - 100})`,
      'except nbd.Error as error:',
      '    print(error.errno)',
    ].join('\n');
    expect((await nbdsh(script)).stdout.trim().split('\n')).toEqual(['True', 'EINVAL']);
  });

  it('answers many requests of many clients at once', async () => {
    const uri = await serve(manifest);
    const script = [
      'import random, hashlib',
      `truth = open("${join(folder, 'state-0.bin')}", "rb").read()`,
      `h.connect_uri("${uri}")`,
      'jobs = []',
      'for i in range(300):',
      '    at = random.randrange(len(truth) - 1)',
      '    length = min(random.choice([1, 512, 4096, 65536, 3000000]), len(truth) - at)',
      '    buffer = nbd.Buffer(length)',
      '    jobs.append((at, length, buffer, h.aio_pread(buffer, at)))',
      'while h.aio_in_flight() > 0:',
      '    h.poll(-1)',
      'ok = 0',
      'for at, length, buffer, cookie in jobs:',
      '    assert h.aio_command_completed(cookie)',
      '    assert bytes(buffer.to_bytearray()) == truth[at:at + length], at',
      '    ok += 1',
      'print(ok)',
    ].join('\n');
    const clients = Array.from({ length: 4 }, () => nbdsh(script));
    for (const { stdout } of await Promise.all(clients)) expect(stdout.trim()).toBe('300');
  });

  it('gives an error and no data for a damaged block', async () => {
    const damaged = join(dir.path, 'damaged');
    mkdirSync(damaged);
    const [{ manifestPath }] = await exportChain(damaged, 'vhd', [truth]);
    const image = join(damaged, read(manifestPath).image.file);
    const bytes = readFileSync(image);
    const place = bytes.indexOf(pattern(KIB64, 2).subarray(1000, 1100));
    bytes[place] ^= 4;
    writeFileSync(image, bytes);
    const failures: Failure[] = [];
    const uri = await serve(manifestPath, LOCAL, failures);
    const readAt = (offset: number) => run('qemu-io', ['-r', '-f', 'raw', '-c', `read ${offset} 4096`, uri]);
    expect((await readAt(0)).stdout).toContain('read 4096/4096');
    const refused = await readAt(25 * MIB).catch(
      (error: unknown) => error as { stdout: string; stderr: string },
    );
    expect(`${refused.stdout}${refused.stderr}`).toContain('read failed: Input/output error');
    expect(failures[0].code).toBe('image-block-damaged');
  });

  it('is not served where other machines can reach it', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.com']) {
      const served = await serveExport(manifest, { listen: { kind: 'tcp', host, port: 0 } });
      expect(served).toMatchObject({ ok: false, failure: { code: 'listen-not-local' } });
    }
  });

  it('survives clients that break the rules', async () => {
    const uri = await serve(manifest);
    const port = Number(new URL(uri.replace('nbd:', 'http:')).port);
    const option = (type: number, length: number, data = ''): Buffer =>
      Buffer.concat([Buffer.from('IHAVEOPT'), u32(type), u32(length), Buffer.from(data, 'latin1')]);
    const go = option(7, 6, '\0\0\0\0\0\0');
    const request = (type: number, offset: bigint, length: number, flags = 0): Buffer => {
      const bytes = Buffer.alloc(28);
      bytes.writeUInt32BE(0x25609513, 0);
      bytes.writeUInt16BE(flags, 4);
      bytes.writeUInt16BE(type, 6);
      bytes.writeBigUInt64BE(offset, 16);
      bytes.writeUInt32BE(length, 24);
      return bytes;
    };
    const hostile = [
      Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
      u32(0xffffffff),
      Buffer.concat([u32(1), option(7, 0xffffffff)]),
      Buffer.concat([u32(1), option(10, 8, '\xff\xff\xff\xff\xff\xff\xff\xff')]),
      Buffer.concat([u32(1), option(1, 4, 'nope')]),
      Buffer.concat([u32(1), ...Array.from({ length: 100 }, () => option(3, 0))]),
      Buffer.concat([u32(3), go, request(0, 0xffffffffffffffffn, 0xffffffff)]),
      Buffer.concat([u32(3), go, request(7, 0n, 0xffffffff), request(99, 0n, 0), request(0, 0n, 0)]),
      Buffer.concat([u32(3), go, request(1, 0n, 0xffffffff), Buffer.alloc(100_000)]),
      // Asks for much and never takes it.
      Buffer.concat([u32(3), go, ...Array.from({ length: 500 }, () => request(0, 0n, 32 * MIB))]),
    ];
    const sockets = hostile.map((bytes) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('error', () => socket.destroy());
      socket.write(bytes);
      socket.pause();
      return socket;
    });
    const before = process.memoryUsage().rss;
    await run('nbdcopy', [uri, join(folder, 'meanwhile')]);
    expect(readFileSync(join(folder, 'meanwhile')).equals(truth)).toBe(true);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * MIB);
    for (const socket of sockets) socket.destroy();
  });

  it('serves from the command line until it is told to stop, to a unix socket for one account', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const socket = join(dir.path, `disk-${signal}.sock`);
      const ended = await deltascope(['serve', manifest, '--listen', `unix:${socket}`, '--json'], {
        onStarted: async (kill) => {
          while (!existsSync(socket) || (statSync(socket).mode & 0o77) !== 0)
            await new Promise((resolve) => setTimeout(resolve, 20));
          const uri = `nbd+unix:///?socket=${encodeURIComponent(socket)}`;
          await qemuImg('compare', '-f', 'raw', '-F', 'raw', join(folder, 'state-0.bin'), uri);
          kill(signal);
        },
      });
      expect(ended.stderr).toBe('');
      expect(ended.code).toBe(0);
      const events = ended.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { event: string });
      expect(events.map(({ event }) => event)).toEqual(['serving', 'done']);
      expect(existsSync(socket)).toBe(false);
    }
  });

  it('refuses from the command line what it must not do', async () => {
    expect(await deltascope(['serve', manifest, '--listen', '0.0.0.0:0'])).toMatchObject({ code: 2 });
    expect(await deltascope(['serve', manifest, '--listen', 'nonsense'])).toMatchObject({ code: 2 });
    const socket = join(dir.path, 'taken');
    writeFileSync(socket, 'a file');
    const taken = await deltascope(['serve', manifest, '--listen', `unix:${socket}`]);
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot-listen') });
    expect(readFileSync(socket, 'utf8')).toBe('a file');
  });
});

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
