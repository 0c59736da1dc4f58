import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { deltascope, type CliOptions, type CliResult } from '../fixtures/cli';
import { quickDemoPool } from '../fixtures/demo-pool';
import { filesIn, memoryFolder, readManifestFile, truthOf } from '../fixtures/exporting';
import { fillDisk } from '../fixtures/interrupted-export';
import { judgeExport } from '../fixtures/judge-export';
import { Mounted } from '../fixtures/mounted';
import { act, connectTo, disk } from '../fixtures/pool-connection';

const MIB = 1024 * 1024;
const NAME = 'gateway-01 flash';
const folder = memoryFolder();
let demo: DemoPool;
let connection: PoolConnection;
let to: string;
let home: string;
let count = 0;

beforeEach(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
  to = join(folder.path, `to-${++count}`);
  home = join(folder.path, `home-${count}`);
});
afterEach(async () => {
  await connection.close();
  await demo.close();
});
afterAll(() => folder.remove());

const pool = (): string[] => ['--pool', demo.url, '--user', demo.user, '--fingerprint', demo.fingerprint];
const run = (words: readonly string[], options: CliOptions = {}): Promise<CliResult> => {
  const env = { DELTASCOPE_PASSWORD: demo.password, DELTASCOPE_HOME: home, ...options.env };
  return deltascope([...words, '--json', ...pool()], { ...options, env });
};
const exportFlash = (more: readonly string[] = [], options: CliOptions = {}, name = NAME) =>
  run(['export', name, '--to', to, ...more], options);
const resume = (options: CliOptions = {}): Promise<CliResult> => run(['resume', to], options);

type Line = Record<string, unknown> & { event: string };
const lines = ({ stdout }: CliResult): Line[] =>
  stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

async function judge(format: 'vhd' | 'qcow2' | 'raw', result: CliResult): Promise<void> {
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const manifestPath = String(lines(result).find(({ event }) => event === 'exported')?.manifestPath);
  const truth = await truthOf(connection, disk(connection, NAME).uuid, folder.path);
  const manifest = readManifestFile(manifestPath);
  await judgeExport(format, { manifestPath, manifest, job: undefined, log: [], plan: undefined }, truth);
  expect(filesIn(to).filter((name) => name.includes('partial'))).toEqual([]);
}

/** Refused before anything was made, on the pool or on disk. */
async function expectRefused(result: CliResult, code: string): Promise<void> {
  const [plan] = lines(result);
  expect(result.code).toBe(3);
  expect(plan).toMatchObject({ event: 'plan', canStart: false });
  expect(plan.findings).toContainEqual(expect.objectContaining({ severity: 'block', code }));
  expect(await act(connection, 'leftovers')).toEqual([]);
}

describe('refused before the snapshot', () => {
  it('a read-only target', async () => {
    mkdirSync(to);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', to]);
    try {
      await expectRefused(await exportFlash(), 'target-read-only');
    } finally {
      execFileSync('umount', [to]);
    }
  });

  it('a file in place of the folder, or of one above it', async () => {
    writeFileSync(to, '');
    await expectRefused(await exportFlash(), 'target-not-a-folder');
    to = join(to, 'below');
    await expectRefused(await exportFlash(), 'target-not-a-folder');
  });

  it('paths longer than the system takes', async () => {
    to = join(to, ...Array.from({ length: 20 }, () => 'x'.repeat(200)));
    await expectRefused(await exportFlash(), 'target-path-too-long');
  });

  it('a name longer than its file system takes, also below folders that are to be made', async () => {
    to = join(to, 'new', 'x'.repeat(256), 'new');
    await expectRefused(await exportFlash(), 'target-name-too-long');
  });
});

describe('a FAT target', () => {
  const preload = pathToFileURL(join(import.meta.dirname, '../fixtures/fat-like.mjs')).href;
  const onFat = (limit?: number): CliOptions => ({
    env: {
      NODE_OPTIONS: `--import ${preload}`,
      FAT_FOLDER: to,
      ...(limit === undefined ? {} : { FAT_LIMIT: String(limit) }),
    },
  });

  it.each(['raw', 'vhd', 'qcow2'] as const)(
    'has no hard links: %s is complete all the same',
    async (format) => {
      mkdirSync(to);
      await judge(format, await exportFlash(['--format', format], onFat()));
    },
  );

  it.each(['.qcow2', '.sums', '.json'])(
    'a process that dies when %s gets its name has exported nothing, and goes on',
    async (ending) => {
      mkdirSync(to);
      const fat = onFat();
      const killed = await exportFlash([], { env: { ...fat.env, FAT_DIES_AT: ending } });
      expect(killed.code).toBe(null);
      const [place] = filesIn(to).filter((name) => name.endsWith(ending));
      expect(statSync(join(to, readdirSync(to)[0], place)).size).toBe(0);
      await judge('qcow2', await resume(fat));
    },
  );

  it('holds no raw image beyond 4 GiB: refused before the snapshot', async () => {
    mkdirSync(to);
    const large = connection.inventory().disks.find(({ sizeBytes }) => sizeBytes > 4 * 1024 * MIB)!;
    await expectRefused(await exportFlash(['--format', 'raw'], onFat(), large.uuid), 'target-file-limit');
  });

  it('raw that is too large after all: a clean end before anything is copied', async () => {
    mkdirSync(to);
    const result = await exportFlash(['--format', 'raw'], onFat(4 * MIB));
    expect(result.code).toBe(1);
    expect(lines(result).at(-1)).toMatchObject({
      event: 'failed',
      failure: { code: 'target-file-too-large' },
    });
    expect(filesIn(to)).toEqual([]);
    await connection.refresh();
    expect(connection.ourObjects()).toEqual([]);
  });

  it.each(['vhd', 'qcow2'] as const)(
    '%s that grows too large after all: a clean stop, which goes on where there is room',
    async (format) => {
      mkdirSync(to);
      await fillDisk(connection, disk(connection, NAME).uuid, 16 * MIB);
      const result = await exportFlash(['--format', format], onFat(4 * MIB));
      expect(result.code).toBe(1);
      expect(lines(result).at(-1)).toMatchObject({
        event: 'interrupted',
        failure: { code: 'target-file-too-large' },
      });
      await judge(format, await resume());
    },
  );
});

describe('a target with the rules of Windows', () => {
  it.each(['raw', 'vhd', 'qcow2'] as const)('holds a full and an increment of it: %s', async (format) => {
    const place = Mounted.ntfs(to, 300);
    try {
      await judge(format, await exportFlash(['--format', format]));
      await fillDisk(connection, disk(connection, NAME).uuid, MIB);
      const increment = await exportFlash(['--format', format]);
      expect(lines(increment).find(({ event }) => event === 'exported')).toMatchObject({ mode: 'cbt' });
      await judge(format, increment);
      expect((await deltascope(['verify', to, '--chain'])).code).toBe(0);
    } finally {
      place.remove();
    }
  });
});

describe('a target that vanishes', () => {
  it.each(['full', 'cbt'])('%s, while it is written: the job waits for it to come back', async (mode) => {
    const place = Mounted.ext4(to, 200);
    try {
      if (mode === 'cbt') expect((await exportFlash()).code).toBe(0);
      await fillDisk(connection, disk(connection, NAME).uuid, 16 * MIB);
      // It has data: the base of an increment is open by then, too.
      const begun = (): boolean => {
        const [image] = readdirSync(to, { recursive: true, encoding: 'utf8' }).filter((name) =>
          name.endsWith('.qcow2.partial'),
        );
        return image !== undefined && statSync(join(to, image)).size > 2 * MIB;
      };
      const lost = await exportFlash(['--limit', '6MiB/s', '--mode', mode], {
        onStarted: async () => {
          while (!begun()) await new Promise((resolve) => setTimeout(resolve, 20));
          place.vanish();
        },
      });
      expect(lost.code).toBe(1);
      expect(lines(lost).at(-1)).toMatchObject({ event: 'interrupted', failure: { code: 'file-vanished' } });
      expect(readdirSync(to)).toEqual([]);
      const away = await resume();
      expect(lines(away).at(-1)).toMatchObject({
        event: 'interrupted',
        failure: { code: 'target-folder-missing' },
      });
      expect(readdirSync(to)).toEqual([]);
      place.mount();
      await judge('qcow2', await resume());
    } finally {
      place.remove();
    }
  });
});
