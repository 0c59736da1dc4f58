import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ImageFormat } from '../../src/main/engine/image/types';
import { chainOf, type ChainLink } from '../../src/main/engine/library/chain';
import { verifyExport } from '../../src/main/engine/library/verify/verify';
import type { VerifyReport } from '../../src/shared/model/library';
import { unwrap } from '../../src/shared/model/result';
import { exportChain } from '../fixtures/exported-chain';
import { pattern } from '../fixtures/image-source';
import { tempDir } from '../fixtures/temp-dir';
import { told } from '../fixtures/told-cli';

/** What is said of a chain of three with one fault: each fault once, with the file and the place it is in. */
const KIB64 = 65_536;
const SIZE = 4 * 1024 * 1024;
const first = Buffer.alloc(SIZE);
pattern(KIB64, 1).copy(first, 0);
pattern(KIB64, 2).copy(first, 10 * KIB64);
const second = Buffer.from(first).fill(3, 20 * KIB64, 21 * KIB64);
const third = Buffer.from(second).fill(4, 30 * KIB64, 31 * KIB64);

const dir = tempDir();
afterAll(() => dir.remove());

let folder: string;
let newest: string;
/** Newest first. */
let links: ChainLink[];

async function chain(format: ImageFormat): Promise<void> {
  const original = join(dir.path, format);
  mkdirSync(original);
  const written = await exportChain(original, format, [first, second, third]);
  folder = join(dir.path, `${format}-wrong`);
  newest = written[2].manifestPath.replace(original, folder);
}

function damage(path: string, how: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  how(bytes);
  writeFileSync(path, bytes);
}
async function anew(format: ImageFormat): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(dir.path, format), folder, { recursive: true });
  links = unwrap(await chainOf(newest));
}
const report = async (): Promise<VerifyReport> => unwrap(await verifyExport(newest, { chain: true }));

describe('a chain of qcow2', () => {
  beforeAll(() => chain('qcow2'));
  beforeEach(() => anew('qcow2'));

  it('names the image of a damaged block, and says once what mends several', async () => {
    const image = links[2].imagePath;
    damage(image, (bytes) => {
      for (const seed of [1, 2]) bytes[bytes.indexOf(pattern(KIB64, seed).subarray(100, 200))] ^= 1;
    });
    const { code, out } = await told(['verify', newest, '--chain']);
    expect(code).toBe(1);
    expect(out).toContain(`  ${basename(image)}: The 64 KiB block at disk offset 0 differs`);
    expect(out).toContain(`  ${basename(image)}: The 64 KiB block at disk offset ${10 * KIB64} differs`);
    expect(out.match(/What to do/g)).toHaveLength(1);
  });

  it('names exports by their folders, which may hold the same names', async () => {
    const { out } = await told(['verify', dir.path]);
    expect(out).toContain(`\n${basename(folder)}/${basename(newest)}: sound`);
    expect(out).toContain(`\nqcow2/${basename(newest)}: sound`);
  });

  it('blames no other image when the checksums or the manifest of a parent are gone', async () => {
    for (const gone of [links[1].checksumsPath, links[1].manifestPath, links[2].imagePath]) {
      await anew('qcow2');
      rmSync(gone);
      const { faults } = await report();
      expect(faults[0].message).toContain(basename(gone));
      for (const { message } of faults) expect(message).not.toContain('as its parent');
      const { out } = await told(['verify', newest, '--chain']);
      expect(out).toContain(`\n  ${faults[0].message}\n`);
    }
  });

  it('says once that an image below is cut short', async () => {
    truncateSync(links[2].imagePath, 3 * KIB64);
    const messages = (await report()).faults.map(({ message }) => message);
    expect(messages[0]).toContain('cut short');
    expect(new Set(messages).size).toBe(messages.length);
  });

  it('says in a whole sentence that a disk has no whole sectors', async () => {
    damage(links[0].imagePath, (bytes) => void bytes.writeBigUInt64BE(BigInt(SIZE + 100), 24));
    const { message } = (await report()).faults[0];
    expect(message).toMatch(
      / uses a disk size that is no multiple of 512 bytes \(\d+\), which Deltascope cannot read\.$/,
    );
  });

  it('names the full that was given a parent, not the increment', async () => {
    const full = links[2].imagePath;
    const name = basename(links[1].imagePath);
    cpSync(join(dir.path, 'qcow2', basename(full)), join(folder, 'other.qcow2'));
    damage(full, (bytes) => {
      // The name of a backing file: where, how long, and the name in the header's cluster.
      bytes.writeBigUInt64BE(4096n, 8);
      bytes.writeUInt32BE('other.qcow2'.length, 16);
      bytes.write('other.qcow2', 4096, 'latin1');
    });
    const { faults } = await report();
    expect(faults).toContainEqual(
      expect.objectContaining({
        file: full,
        message: expect.stringMatching(/full\.qcow2 names .*other\.qcow2 as its parent; .* names none\.$/),
      }),
    );
    for (const { message } of faults) expect(message).not.toContain(name);
  });
});

describe('a chain of VHD', () => {
  beforeAll(() => chain('vhd'));
  beforeEach(() => anew('vhd'));

  it('names the place in the file of a wrong entry of a table', async () => {
    const image = links[2].imagePath;
    let entry = 0;
    damage(image, (bytes) => {
      entry = Number(bytes.readBigUInt64BE(512 + 16));
      bytes.writeUInt32BE(0x7fff_0000, entry);
    });
    const { out } = await told(['verify', newest, '--chain']);
    expect(out).toContain(`  ${basename(image)} at byte ${entry}: `);
  });
});
