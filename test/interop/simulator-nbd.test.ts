import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHostCertificate, type HostCertificate } from '../../src/main/simulator/certificate';
import { NbdServer } from '../../src/main/simulator/nbd/server';
import { openDemoDisk, readDemoDisks } from '../../src/main/simulator/storage/demo-disks';
import type { VirtualDisk } from '../../src/main/simulator/storage/virtual-disk';
import { tempDir } from '../fixtures/temp-dir';

const run = promisify(execFile);
const folder = join(import.meta.dirname, '../../resources/demo-disks');
const work = tempDir('simulator-nbd-');
const file = (name: string): string => join(work.path, name);
const NAME = '/6f1d5a9e-3b0c-4a57-8a52-9f0e7f2f9d11?session_id=OpaqueRef:4711';
const PATH = encodeURIComponent(NAME);

let certificate: HostCertificate;
let disk: VirtualDisk;
let server: NbdServer;
let port: number;
let purposes: string[];

beforeAll(async () => {
  certificate = await createHostCertificate('host-1.demo.example');
  await mkdir(file('tls'));
  writeFileSync(file('tls/ca-cert.pem'), certificate.certPem);
  const disks = await readDemoDisks(folder);
  const live = await openDemoDisk(folder, disks.get('gateway-system')!);
  live.write(300 << 20, Buffer.alloc(3 << 20, 'guest data'));
  live.zero(2 << 20, 1 << 20);
  disk = live.snapshot();
  await live.destroyData();
  await disk.dump(file('truth.raw'));
});

afterAll(async () => {
  await disk.destroyData();
  work.remove();
});

beforeEach(async () => {
  server = new NbdServer({
    certificate,
    networkPurposes: () => purposes,
    openExport: (name) => Promise.resolve(name === NAME ? { disk, release: () => undefined } : undefined),
  });
  port = await server.listen();
});

afterEach(() => server.close());

const same = (copy: string, format = 'raw') =>
  run('qemu-img', ['compare', '-f', 'raw', '-F', format, file('truth.raw'), copy]);

const python = (lines: string[], uri: string) =>
  run('/usr/bin/python3', ['-c', ['import nbd, sys', 'h = nbd.NBD()', ...lines].join('\n'), uri]);

/** libnbd stays with the same server for `nbds`, with the host's certificate as the only authority. */
const secureUri = () => `nbds://localhost:${port}/${PATH}?tls-certificates=${file('tls')}`;
const clearUri = () => `nbd://127.0.0.1:${port}/${PATH}`;

describe.each([
  ['over TLS', ['nbd'], secureUri],
  ['in the clear', ['insecure_nbd'], clearUri],
])('%s', (_, set, uri) => {
  beforeEach(() => {
    purposes = set;
  });

  it('shows nbdinfo a read-only disk of the exact size without a word about several connections', async () => {
    const { stdout } = await run('nbdinfo', ['--no-content', '--json', uri()]);
    const info = JSON.parse(stdout) as { protocol: string; TLS: boolean; exports: Record<string, unknown>[] };
    expect(info.protocol).toBe('newstyle-fixed');
    expect(info.TLS).toBe(set[0] === 'nbd');
    expect(info.exports[0]).toMatchObject({
      'export-size': (1 << 30) + 37 * 512,
      is_read_only: true,
      can_multi_conn: false,
      can_flush: false,
      can_trim: false,
    });
  });

  it('gives nbdcopy the exact content', async () => {
    const copy = file(`nbdcopy-${set[0]}.raw`);
    await run('nbdcopy', ['--request-size=2097152', uri(), copy]);
    await same(copy);
    const served = server.statistics.export(NAME);
    expect(served.ranges()).toEqual([{ offset: 0, length: disk.sizeBytes }]);
    expect(served.bytes).toBe(disk.sizeBytes);
  });

  it('counts exactly the ranges that a client of another make reads', async () => {
    const ranges = [
      [65536 * 5, 65536],
      [65536 * 16, 131072],
      [(1 << 30) - 512, 38 * 512],
    ] as const;
    await python(
      [
        'h.set_uri_allow_local_file(True)',
        'h.connect_uri(sys.argv[1])',
        `[h.pread(length, offset) for offset, length in ${JSON.stringify(ranges)}]`,
        'h.shutdown()',
      ],
      uri(),
    );
    expect(server.statistics.export(NAME).ranges()).toEqual(
      ranges.map(([offset, length]) => ({ offset, length })),
    );
  });

  it('refuses an unknown export by closing', async () => {
    await expect(run('nbdinfo', ['--size', uri().replace(PATH, 'nothing')])).rejects.toThrow();
  });
});

describe('refusals that outside clients see', () => {
  it('demands TLS where TLS is forced, and has none where it is not', async () => {
    purposes = ['nbd'];
    await expect(run('nbdinfo', ['--size', clearUri()])).rejects.toThrow();
    purposes = ['insecure_nbd'];
    await expect(run('nbdinfo', ['--size', secureUri()])).rejects.toThrow();
  });

  /** Without GO, qemu asks for the list of exports to look the name up, and takes the refusal as final. */
  it('denies qemu-img the list of exports, which it insists on', async () => {
    purposes = ['insecure_nbd'];
    const source = `driver=nbd,server.type=inet,server.host=127.0.0.1,server.port=${port},export=${NAME}`;
    await expect(run('qemu-img', ['info', '--image-opts', source])).rejects.toThrow(
      'Denied by server for option 3 (list)',
    );
  });

  it('closes the seventeenth connection of a real client', async () => {
    purposes = ['insecure_nbd'];
    const { stdout } = await python(
      [
        'held = []',
        'for n in range(16):',
        '    c = nbd.NBD()',
        '    c.connect_uri(sys.argv[1])',
        '    held.append(c)',
        'try:',
        '    h.connect_uri(sys.argv[1])',
        '    print("let in")',
        'except nbd.Error as error:',
        '    print("refused")',
      ],
      clearUri(),
    );
    expect(stdout.trim()).toBe('refused');
  });

  it('ends the connection after a write or a read beyond the end', async () => {
    purposes = ['insecure_nbd'];
    const attempt = (call: string) =>
      python(
        [
          'h.set_strict_mode(0)',
          'h.connect_uri(sys.argv[1])',
          'try:',
          `    ${call}`,
          'except nbd.Error as error:',
          '    print(error.errno or "cut off")',
          'h.poll(1000) if h.aio_is_ready() else None',
          'print(h.aio_is_ready())',
        ],
        clearUri(),
      );
    expect((await attempt('h.pwrite(bytes(512), 0)')).stdout).toBe('EPERM\nFalse\n');
    expect((await attempt('h.flush()')).stdout).toBe('EINVAL\nFalse\n');
    expect((await attempt(`h.pread(512, ${2 ** 31})`)).stdout).toBe('cut off\nFalse\n');
  });
});
