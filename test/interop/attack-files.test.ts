import { randomUUID } from 'node:crypto';
import fs, {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import { diskFolderName, exportFileNames } from '../../src/main/engine/export/files/names';
import { moveToNew } from '../../src/main/engine/export/files/move-to-new';
import {
  writeExport,
  type WriteExport,
  type WriteHooks,
  type WrittenExport,
} from '../../src/main/engine/export/write-export';
import type { ImageFormat } from '../../src/main/engine/image/types';
import { flatten } from '../../src/main/engine/library/flatten';
import { verifyExport } from '../../src/main/engine/library/verify/verify';
import { targetFromUri } from '../../src/main/engine/nbd/uri';
import { unwrap, type Result } from '../../src/shared/model/result';
import { deltascope } from '../fixtures/cli';
import { exportChain } from '../fixtures/exported-chain';
import { startNbdkit, type NbdServer } from '../fixtures/nbd-servers';
import { qemuImg } from '../fixtures/qemu-img';

const MIB = 1024 * 1024;
const TAKEN = new Date('2026-11-23T01:02:03.000Z');
let dir: string;
let folder: string;
let disk: string;
let server: NbdServer;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'deltascope-attack-'));
  folder = join(dir, 'exports');
  mkdirSync(folder);
  disk = join(dir, 'disk.bin');
  writeFileSync(disk, content(1));
  server = await startNbdkit(['file', disk]);
});
afterEach(async () => {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** 3 MiB and a bit: data that differs from block to block, with a hole. */
function content(seed: number): Buffer {
  const bytes = Buffer.alloc(3 * MIB + 4096);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE((at * 2654435761 + seed) >>> 0, at);
  return bytes.fill(0, MIB, MIB + 300_000);
}

const exportOnce = (format: ImageFormat, onFiles?: WriteHooks['onFiles']): Promise<Result<WrittenExport>> => {
  const spec: WriteExport = {
    folder,
    format,
    source: { kind: 'nbd', targets: [unwrap(targetFromUri(server.uri))] },
    extents: () => ({ kind: 'all' }),
    sizeBytes: content(1).length,
    base: undefined,
    skipUnchanged: true,
    limitBytesPerSecond: undefined,
    about: {
      pool: { uuid: randomUUID(), name: 'pool' },
      disk: { uuid: randomUUID(), name: 'data', storage: 'shelf' },
      snapshot: { uuid: randomUUID(), takenAt: TAKEN.toISOString() },
      mode: 'full',
      reason: 'a test',
    },
    toolVersion: '0.0.0',
    startedAt: new Date(),
  };
  return writeExport(spec, copyInProcess, {
    onStarted: () => undefined,
    onVerifying: () => undefined,
    ...(onFiles ? { onFiles } : {}),
  });
};

async function demandRight({ manifestPath, manifest }: WrittenExport): Promise<void> {
  expect(unwrap(await verifyExport(manifestPath, { chain: true }))).toMatchObject({ sound: true });
  const format = manifest.image.format === 'vhd' ? 'vpc' : manifest.image.format;
  await qemuImg('compare', '-f', 'raw', '-F', format, disk, join(folder, manifest.image.file));
}

const unfinished = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.partial'));

describe.each(['raw', 'vhd', 'qcow2'] as const)('%s', (format) => {
  it('exports of one disk in the same second, at once: each has its own files', async () => {
    const all = (await Promise.all([1, 2, 3, 4].map(() => exportOnce(format)))).map(unwrap);
    expect(new Set(all.map(({ manifestPath }) => manifestPath)).size).toBe(4);
    for (const one of all) await demandRight(one);
    expect(unfinished()).toEqual([]);
  });

  it('a link that leads nowhere is neither followed nor removed', async () => {
    const names = exportFileNames(TAKEN, 'full', format);
    const links = [`${names.image}.partial`, `${names.checksums}.partial`].map((name) => join(folder, name));
    const outside = join(dir, 'outside');
    for (const link of links) symlinkSync(outside, link);
    await demandRight(unwrap(await exportOnce(format)));
    expect(existsSync(outside)).toBe(false);
    for (const link of links) expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  it.each(['image', 'checksums'] as const)(
    'a file that comes into the place of the %s once it was seen to be free',
    async (part) => {
      let theirs = '';
      const outcome = await exportOnce(format, ({ names }) => {
        theirs = join(folder, `${names[part]}.partial`);
        writeFileSync(theirs, 'theirs');
      });
      expect(outcome).toMatchObject({ ok: false, failure: { code: 'target-exists' } });
      expect(readFileSync(theirs, 'utf8')).toBe('theirs');
      expect(readdirSync(folder)).toHaveLength(1);
    },
  );

  it('a file that comes there stays also when the export fails before it makes its own', async () => {
    truncateSync(disk, MIB);
    let theirs = '';
    const outcome = await exportOnce(format, ({ names }) => {
      theirs = join(folder, `${names.image}.partial`);
      writeFileSync(theirs, 'theirs');
    });
    expect(outcome).toMatchObject({ ok: false, failure: { code: 'size-mismatch' } });
    expect(readFileSync(theirs, 'utf8')).toBe('theirs');
    expect(readdirSync(folder)).toHaveLength(1);
  });
});

it('an unfinished export of somebody else stays when ours fails', async () => {
  const names = exportFileNames(TAKEN, 'full', 'vhd');
  const theirs = [names.image, names.checksums, names.manifest].map((name) =>
    join(folder, `${name}.partial`),
  );
  for (const path of theirs) writeFileSync(path, 'theirs');
  truncateSync(disk, MIB);
  expect(await exportOnce('vhd')).toMatchObject({ ok: false, failure: { code: 'size-mismatch' } });
  for (const path of theirs) expect(readFileSync(path, 'utf8')).toBe('theirs');
  expect(readdirSync(folder)).toHaveLength(3);
});

it('a rename that fails leaves nothing that looks finished', async () => {
  const to = join(folder, 'full.vhd');
  await expect(moveToNew(join(folder, 'gone.partial'), to)).rejects.toThrow(/ENOENT/);
  expect(existsSync(to)).toBe(false);
  writeFileSync(to, 'theirs');
  writeFileSync(`${to}.partial`, 'ours');
  await expect(moveToNew(`${to}.partial`, to)).rejects.toThrow(/EEXIST/);
  expect(readFileSync(to, 'utf8')).toBe('theirs');
});

it('a file has its name although its old one was removed twice', async () => {
  const to = join(folder, 'full.vhd');
  const from = `${to}.partial`;
  writeFileSync(from, 'ours');
  const { unlink } = fs.promises;
  fs.promises.unlink = async (path) => {
    await unlink(path);
    await unlink(path);
  };
  syncBuiltinESMExports();
  try {
    await moveToNew(from, to);
  } finally {
    fs.promises.unlink = unlink;
    syncBuiltinESMExports();
  }
  expect(existsSync(from)).toBe(false);
  expect(readFileSync(to, 'utf8')).toBe('ours');
});

it.each(['/../../..', '..\\..\\..', '/etc/pas', '..', '\0\0\0\0'])(
  'a pool that names a disk %j does not lead out of the target folder',
  (uuid) => {
    const path = join(folder, diskFolderName('../..', '../../x', uuid));
    expect(relative(folder, path)).not.toMatch(/[\\/\0]|^\.\.?$/);
  },
);

describe('files that appear while a copy runs are not replaced', () => {
  it('flatten', async () => {
    const [full] = await exportChain(folder, 'raw', [content(2)]);
    const to = join(dir, 'flat.raw');
    const result = await flatten(full.manifestPath, to, 'raw', copyInProcess, async ({ done }) => {
      const outcome = await done;
      writeFileSync(to, 'theirs');
      return outcome;
    });
    expect(result).toMatchObject({ ok: false, failure: { code: 'target-exists' } });
    expect(readFileSync(to, 'utf8')).toBe('theirs');
    expect(existsSync(`${to}.partial`)).toBe(false);
  });

  it.each(['its chain is damaged', 'it is cancelled at once'])(
    'flatten: nor is the unfinished file of another one removed when %s',
    async (what) => {
      const [full] = await exportChain(folder, 'raw', [content(2)]);
      const to = join(dir, 'flat.raw');
      writeFileSync(`${to}.partial`, 'theirs');
      if (what.includes('damaged')) writeFileSync(full.manifestPath.replace(/json$/, 'sums'), 'damaged');
      const result = await flatten(full.manifestPath, to, 'raw', copyInProcess, (running) => {
        if (what.includes('cancelled')) running.cancel();
        return running.done;
      });
      expect(result.ok).toBe(false);
      expect(readFileSync(`${to}.partial`, 'utf8')).toBe('theirs');
    },
  );

  it('copy: nor is the unfinished file of another copy removed', async () => {
    const to = join(dir, 'copy.raw');
    writeFileSync(`${to}.partial`, 'theirs');
    const { code, stderr } = await deltascope(['copy', server.uri, to]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('copy.raw.partial');
    expect(readFileSync(`${to}.partial`, 'utf8')).toBe('theirs');
    expect(existsSync(to)).toBe(false);
  });
});

describe('a bitmap that is not of this disk', () => {
  // 49 blocks: 7 bytes
  it.each([
    ['too short', [255, 255, 255, 255, 255, 255]],
    ['too long', [255, 255, 255, 255, 255, 255, 128, 1]],
  ])('%s: refused, since blocks would be left out in silence', async (_what, bytes) => {
    const bitmap = join(dir, 'bitmap.bin');
    writeFileSync(bitmap, Buffer.from(bytes));
    const to = join(dir, 'copy.raw');
    const { code, stderr } = await deltascope(['copy', server.uri, to, '--changed', bitmap]);
    expect(code).toBe(2);
    expect(stderr).toContain('needs 7');
    expect(readdirSync(dir).filter((name) => name.startsWith('copy'))).toEqual([]);
  });
});
