import { readdirSync, readFileSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBlockHasher } from '../../src/main/engine/export/checksums/block-hash';
import { ChecksumReader } from '../../src/main/engine/export/checksums/reader';
import { makeCertificates } from '../fixtures/certificates';
import { deltascope } from '../fixtures/cli';
import { pattern } from '../fixtures/image-source';
import { startNbdServer, startNbdkit, type NbdServer } from '../fixtures/nbd-servers';
import { tempDir } from '../fixtures/temp-dir';

const BLOCK = 65_536;
const SIZE = 9 * BLOCK + 1024;
const dir = tempDir();
const content = Buffer.alloc(SIZE);
let server: NbdServer;

beforeAll(async () => {
  pattern(2 * BLOCK, 1).copy(content, BLOCK);
  pattern(1024, 2).copy(content, 9 * BLOCK);
  const disk = join(dir.path, 'disk');
  writeFileSync(disk, content);
  server = await startNbdkit(['--filter=multi-conn', '--no-sr', 'file', disk, 'multi-conn-mode=disable']);
});
afterAll(async () => {
  await server.stop();
  dir.remove();
});

it('"null:" reads the whole disk and leaves no file', async () => {
  const before = readdirSync(dir.path);
  const { code, stdout } = await deltascope(['copy', server.uri, 'null:', '--json'], { cwd: dir.path });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ readBytes: SIZE, writtenBytes: 2 * BLOCK + 1024 });
  expect(readdirSync(dir.path)).toEqual(before);
});

it('--checksums stores the checksum of each block that holds data', async () => {
  const [image, sums] = [join(dir.path, 'a.vhd'), join(dir.path, 'a.sums')];
  expect((await deltascope(['copy', server.uri, image, '--checksums', sums])).code).toBe(0);
  const reader = await ChecksumReader.open(sums);
  const hash = await loadBlockHasher();
  const expected = [1, 2, 9].map((block) => ({
    block,
    sum: hash(content, block * BLOCK, Math.min(BLOCK, SIZE - block * BLOCK)),
  }));
  const stored = [];
  for await (const one of reader.blocks()) stored.push(one);
  await reader.close();
  expect(stored).toEqual(expected);
  expect(readdirSync(dir.path).filter((name) => name.includes('partial'))).toEqual([]);
});

it('--checksums does not overwrite a file', async () => {
  const [image, sums] = [join(dir.path, 'b.raw'), join(dir.path, 'b.sums')];
  writeFileSync(sums, 'mine');
  const { code, stderr } = await deltascope(['copy', server.uri, image, '--checksums', sums]);
  expect(code).toBe(1);
  expect(stderr).toContain(sums);
  expect(statSync(sums).size).toBe(4);
  expect(readdirSync(dir.path).filter((name) => name.startsWith('b.'))).toEqual(['b.sums']);
});

/** A name that nothing can be stored under, although looking there finds no file: as if somebody took it just then. */
const take = (path: string): void => symlinkSync(join(dir.path, 'nowhere'), path);
const named = (start: string): string[] => readdirSync(dir.path).filter((name) => name.startsWith(start));

it('an image whose checksums cannot be published is none: it goes as well', async () => {
  const [image, sums] = [join(dir.path, 'c.raw'), join(dir.path, 'c.sums')];
  take(sums);
  const { code, stderr } = await deltascope(['copy', server.uri, image, '--checksums', sums]);
  expect(code).toBe(1);
  expect(stderr).toContain('exists already');
  expect(named('c.')).toEqual(['c.sums']);
});

it.each(['d.raw.partial', 'd.sums.partial'])(
  'what another copy has begun to write stays: %s',
  async (name) => {
    const taken = join(dir.path, name);
    take(taken);
    const words = ['copy', server.uri, join(dir.path, 'd.raw'), '--checksums', join(dir.path, 'd.sums')];
    const { code, stderr } = await deltascope(words);
    expect(code).toBe(1);
    expect(stderr).toContain('exists already');
    expect(named('d.')).toEqual([name]);
    unlinkSync(taken);
  },
);

it.each([
  [[], 1],
  [['--multi-conn'], 3],
])('a server that does not promise that several connections are safe: %j', async (flags, expected) => {
  const args = ['copy', server.uri, 'null:', '--connections', '3', '--json', ...flags];
  const { stdout } = await deltascope(args);
  expect(JSON.parse(stdout)).toMatchObject({ connections: expected });
});

describe('a server that asks for a certificate of ours', () => {
  let asking: NbdServer;
  let files: string;
  beforeAll(async () => {
    const tls = makeCertificates(join(dir.path, 'certificates'));
    files = tls.dir;
    asking = await startNbdServer(join(dir.path, 'disk'), { tls });
  });
  afterAll(() => asking.stop());

  const copyTo = (image: string, ...flags: string[]) =>
    deltascope(['copy', asking.uri, image, '--ca', join(files, 'ca-cert.pem'), ...flags]);
  const certificate = () => ['--client-cert', join(files, 'client-cert.pem')];
  const key = () => ['--client-key', join(files, 'client-key.pem')];

  it('gets it, with --client-cert and --client-key', async () => {
    const image = join(dir.path, 'asked.raw');
    expect(await copyTo(image, ...certificate(), ...key())).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(image).subarray(0, SIZE).equals(content)).toBe(true);
  });

  it('turns away who has none, and one without the other is a mistake', async () => {
    const image = join(dir.path, 'refused.raw');
    expect((await copyTo(image)).code).not.toBe(0);
    expect((await copyTo(image, ...certificate())).code).toBe(2);
    expect((await copyTo(image, ...key())).code).toBe(2);
    expect(readdirSync(dir.path).filter((name) => name.startsWith('refused'))).toEqual([]);
  });
});
