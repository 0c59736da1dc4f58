import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJournal } from '../../src/main/engine/jobs/journal';
import { JobQueue } from '../../src/main/engine/jobs/queue';
import { deltascope, type CliOptions, type CliResult } from '../fixtures/cli';
import { filesIn, readManifestFile, truthOf } from '../fixtures/exporting';
import { fillDisk, isReadAgain } from '../fixtures/interrupted-export';
import { judgeExport } from '../fixtures/judge-export';
import { act, disk, fault } from '../fixtures/pool-connection';
import { connection, demo, folder, home, poolPerTest, to } from '../fixtures/pool-per-test';

const MIB = 1024 * 1024;
const NAME = 'gateway-01 flash';
poolPerTest();

const uuidOf = (): string => disk(connection, NAME).uuid;
const env = () => ({ DELTASCOPE_PASSWORD: demo.password, DELTASCOPE_HOME: home });
const exportFlash = (more: readonly string[] = [], options: CliOptions = {}): Promise<CliResult> =>
  deltascope(
    [
      ...['export', NAME, '--to', to, '--json', '--pool', demo.url, '--user', demo.user],
      ...['--fingerprint', demo.fingerprint, ...more],
    ],
    { ...options, env: env() },
  );
/** Pool and user are left for the job to know. */
const resume = (more: readonly string[] = []): Promise<CliResult> =>
  deltascope(['resume', to, '--json', '--fingerprint', demo.fingerprint, ...more], { env: env() });

const jobFiles = (ending: string): string[] => {
  const jobs = join(home, 'jobs');
  return existsSync(jobs) ? readdirSync(jobs).filter((name) => name.endsWith(ending)) : [];
};

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Ends the export as a power cut would, once something is so. */
const killedWhen = (holds: () => boolean | Promise<boolean>): CliOptions => ({
  onStarted: async (kill) => {
    await until(holds);
    kill('SIGKILL');
  },
});

type Line = Record<string, unknown> & { event: string };
const lines = (stdout: string): Line[] =>
  stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
const keptBytes = (stdout: string): number =>
  Number(
    lines(stdout)
      .map(({ text }) => /^(\d+) bytes are there already/.exec(String(text))?.[1])
      .find((found) => found !== undefined) ?? 0,
  );

async function judge(format: 'vhd' | 'qcow2' | 'raw', stdout: string): Promise<void> {
  const manifestPath = String(lines(stdout).find(({ event }) => event === 'exported')?.manifestPath);
  const truth = await truthOf(connection, uuidOf(), folder.path);
  const manifest = readManifestFile(manifestPath);
  await judgeExport(format, { manifestPath, manifest, job: undefined, log: [], plan: undefined }, truth);
  expect(filesIn(to).filter((name) => name.includes('partial'))).toEqual([]);
  await connection.refresh();
  expect(connection.ourObjects()).toMatchObject([{ kind: 'disk-snapshot', kept: true }]);
  // Tasks of single calls are the pool's own and go by themselves.
  const left = await act<{ class: string; name: string }[]>(connection, 'leftovers');
  const ours = left.filter(({ name }) => !name.startsWith('Async.'));
  expect(ours.filter(({ class: name }) => ['task', 'VM', 'VBD'].includes(name))).toEqual([]);
}

/** The rates that the job was given, one after the other. */
function limitsOf(): (number | undefined)[] {
  const [name] = jobFiles('.jsonl');
  const { entries } = readJournal(join(home, 'jobs'), name.slice(0, -'.jsonl'.length))!;
  return entries.flatMap((entry) => {
    if (entry.type === 'job') return [entry.job.request.limitBytesPerSecond];
    return entry.type === 'limit' ? [entry.bytesPerSecond] : [];
  });
}

const fill = (): Promise<void> => fillDisk(connection, uuidOf(), 32 * MIB);

describe('a killed process', () => {
  it('in the middle of the copy: the rest alone is read', async () => {
    await fill();
    await exportFlash(
      ['--format', 'vhd', '--limit', '4MiB/s'],
      killedWhen(() => jobFiles('.checkpoint').length === 1),
    );
    await connection.refresh();
    const [snapshotUuid] = disk(connection, NAME).snapshotUuids;
    const { queue } = await JobQueue.open(join(home, 'jobs'), () => Promise.reject(new Error('not run')));
    const [{ id, disks, state }] = queue.list();
    expect(state).toBe('interrupted');
    expect(disks[0].progress?.readBytes).toBeGreaterThan(MIB);
    const left = await deltascope(
      ['leftovers', '--pool', demo.url, '--user', demo.user, '--fingerprint', demo.fingerprint],
      { env: env() },
    );
    expect(left.stdout).toContain(`  to ${to}: deltascope resume ${id}\n`);
    await act(connection, 'reset-nbd-stats');
    const { code, stdout } = await resume(['--limit', 'none']);
    expect(code).toBe(0);
    expect(limitsOf()).toEqual([4 * MIB, undefined]);
    const { bytes } = await act<{ bytes: number }>(connection, 'nbd-stats', { vdi: snapshotUuid });
    const { progress } = lines(stdout).find(({ event }) => event === 'exported') as unknown as {
      progress: { totalBytes: number };
    };
    expect(keptBytes(stdout)).toBeGreaterThan(MIB);
    expect(isReadAgain(stdout, bytes - (progress.totalBytes - keptBytes(stdout)))).toBe(true);
    await judge('vhd', stdout);
    expect(jobFiles('.checkpoint')).toEqual([]);
    expect(jobFiles('.lock')).toEqual([]);
    expect((await resume()).code).toBe(1);
  });

  it('right after the snapshot, before it carries the mark: it is found by its name', async () => {
    await fault(connection, { kind: 'hold-call', method: 'VM.get_uuid' });
    const taken = async (): Promise<boolean> => {
      const left = await act<{ class: string; name: string }[]>(connection, 'leftovers');
      return left.some(({ class: name, name: label }) => name === 'VM' && label.startsWith('Deltascope'));
    };
    await exportFlash([], killedWhen(taken));
    await act(connection, 'clear-faults');
    const { code, stdout } = await resume();
    expect(code).toBe(0);
    expect(lines(stdout).some(({ text }) => String(text).includes('taken just before'))).toBe(true);
    await judge('qcow2', stdout);
  });

  it('in the middle of a transfer without NBD: the task of the transfer goes as well', async () => {
    await fill();
    await exportFlash(
      ['--mode', 'stream', '--limit', '4MiB/s'],
      killedWhen(() => filesIn(to).some((name) => name.endsWith('.qcow2.partial'))),
    );
    const { code, stdout } = await resume(['--limit', '16MiB/s']);
    expect(code, stdout).toBe(0);
    expect(limitsOf()).toEqual([4 * MIB, 16 * MIB]);
    await judge('qcow2', stdout);
  });

  it('while it cleans up: the export stands and the cleaning is done', async () => {
    await fault(connection, { kind: 'hold-call', method: 'VDI.data_destroy' });
    await exportFlash(
      [],
      killedWhen(() => filesIn(to).some((name) => name.endsWith('.json')) && isCleaning()),
    );
    await act(connection, 'clear-faults');
    await connection.refresh();
    const [snapshotUuid] = disk(connection, NAME).snapshotUuids;
    await act(connection, 'reset-nbd-stats');
    const { code, stdout } = await resume();
    expect(code).toBe(0);
    const { bytes } = await act<{ bytes: number }>(connection, 'nbd-stats', { vdi: snapshotUuid });
    expect(bytes).toBe(0);
    await judge('qcow2', stdout);
  });
});

/** The VM snapshot has gone, as the first step of the cleaning. */
async function isCleaning(): Promise<boolean> {
  await connection.refresh();
  return !connection.ourObjects().some(({ kind }) => kind === 'vm-snapshot');
}

it('a running job is not taken for an interrupted one by another process; a reused process id is', async () => {
  await fill();
  let other: CliResult | undefined;
  await exportFlash(['--limit', '4MiB/s'], {
    onStarted: async (kill) => {
      await until(() => filesIn(to).some((name) => name.endsWith('.qcow2.partial')));
      other = await resume();
      kill('SIGKILL');
    },
  });
  expect(other?.code).toBe(1);
  expect(lines(other!.stdout).at(-1)).toMatchObject({ failure: { code: 'job-runs-elsewhere' } });
  const lock = join(home, 'jobs', jobFiles('.lock')[0]);
  writeFileSync(lock, JSON.stringify({ pid: process.pid, start: 'another boot 1', token: 'x' }));
  const { code, stdout } = await resume();
  expect(code).toBe(0);
  await judge('qcow2', stdout);
});

it('a full target: a clean stop that goes on once there is space, or is cancelled', async () => {
  mkdirSync(to);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', to]);
  try {
    await fill();
    const full = await exportFlash(['--format', 'raw']);
    expect(full.code).toBe(1);
    expect(lines(full.stdout).at(-1)).toMatchObject({
      event: 'interrupted',
      failure: { code: 'target-full' },
    });
    await connection.refresh();
    expect(connection.ourObjects().length).toBeGreaterThan(0);
    expect((await resume()).code).toBe(1);
    execFileSync('mount', ['-o', 'remount,size=200m', to]);
    const { code, stdout } = await resume();
    expect(code).toBe(0);
    await judge('raw', stdout);
    for (const name of readdirSync(to)) rmSync(join(to, name), { recursive: true });
    execFileSync('mount', ['-o', 'remount,size=3m', to]);
    expect((await exportFlash(['--format', 'vhd', '--mode', 'full'])).code).toBe(1);
    expect((await resume(['--cancel'])).code).toBe(0);
    expect(filesIn(to)).toEqual([]);
    await connection.refresh();
    expect(connection.ourObjects().filter(({ kept }) => !kept)).toEqual([]);
  } finally {
    execFileSync('umount', [to]);
  }
});
