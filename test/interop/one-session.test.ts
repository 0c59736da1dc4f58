import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import type { CliIo } from '../../src/main/cli/io';
import { copyInWorker } from '../../src/main/engine/export/copy/worker-client';
import { runCli } from '../../src/main/cli/run-cli';
import { deltascope, outFolder } from '../fixtures/cli';
import { filesIn } from '../fixtures/exporting';
import { act, disk, fault } from '../fixtures/pool-connection';
import { connection, demo, home, poolPerTest, to } from '../fixtures/pool-per-test';

// The pauses between attempts, as long as they are in use, would take half a minute here.
vi.mock('../../src/main/engine/nbd/back-off', async (original) => ({
  ...(await original<object>()),
  backOffMs: (attempt: number) => 10 * attempt,
}));

/** Commands on many exports, at a terminal: the password is typed once. */
const FLASH = 'gateway-01 flash';
poolPerTest();

const poolFlags = (): string[] => [
  ...['--pool', demo.url, '--user', demo.user, '--fingerprint', demo.fingerprint],
];
const exportTo = (name: string, ...more: readonly string[]) =>
  deltascope(['export', disk(connection, name).uuid, '--to', to, ...more, ...poolFlags()], {
    env: { DELTASCOPE_PASSWORD: demo.password, DELTASCOPE_HOME: home },
  });

/** Runs a command in this process, at a terminal where the password is typed whenever it is asked for. */
const typed = (...words: readonly string[]) => run(words, () => undefined);
/** The same, with Ctrl+C right after the password. */
const typedAndStopped = (...words: readonly string[]) => run(words, (stop) => stop.abort());

async function run(words: readonly string[], afterPassword: (stop: AbortController) => void) {
  const stop = new AbortController();
  const told = { code: 0, out: '', err: '', prompts: 0 };
  const io: CliIo = {
    out: (text) => void (told.out += text),
    err: (text) => void (told.err += text),
    interactive: false,
    colours: 'none',
    unicode: true,
    columns: 200,
    env: { DELTASCOPE_HOME: home },
    signal: stop.signal,
    readSecret: () => {
      told.prompts++;
      afterPassword(stop);
      return Promise.resolve(demo.password);
    },
  };
  const file = (name: string): URL => pathToFileURL(join(outFolder, name));
  const files = {
    libraryWorker: file('library-worker.js'),
    demoPoolWorker: file('demo-pool-worker.js'),
    demoDisks: '',
  };
  told.code = await runCli(words, io, files, copyInWorker(file('copy-worker.js')));
  return told;
}

describe('verify FOLDER --against-source', () => {
  it('goes on where a snapshot was purged, says so, and asks for the password once', async () => {
    expect((await exportTo(FLASH)).code).toBe(0);
    expect((await exportTo(FLASH, '--mode', 'full', '--after', 'keep')).code).toBe(0);
    const { code, out, prompts, err } = await typed('verify', '--against-source', to, ...poolFlags());
    expect(err).toBe('');
    expect(out.match(/: sound/g)).toHaveLength(2);
    expect(out.match(/the whole disk with its source/g)).toHaveLength(1);
    expect(out.match(/not compared, its source is gone/g)).toHaveLength(1);
    expect({ code, prompts }).toEqual({ code: 0, prompts: 1 });
    const samples = await typed('verify', '--samples', to, ...poolFlags(), '--json');
    const lines = samples.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ comparedWithSource }) => comparedWithSource).sort()).toEqual([false, true]);
    const gone = lines.find(({ comparedWithSource }) => comparedWithSource === false);
    expect(gone).toMatchObject({ sound: true, notCompared: { code: 'disk-type-unsuitable' } });
  });

  it('tells by its exit code when nothing at all could be compared', async () => {
    expect((await exportTo(FLASH)).code).toBe(0);
    const { code, out } = await typed('verify', '--against-source', to, ...poolFlags());
    expect(code).toBe(1);
    expect(out).toContain('not compared, its source is gone');
  });

  it('tells a snapshot that cannot be read to its end from a faulty export', async () => {
    expect((await exportTo(FLASH, '--after', 'keep')).code).toBe(0);
    await fault(connection, { kind: 'read-error', offset: 1024 * 1024, length: 512 });
    const { code, out } = await typed('verify', '--against-source', to, ...poolFlags());
    expect(out).toContain(': sound');
    expect(out).toContain(
      'not compared: The export matches its own checksums, but its source could not be read',
    );
    expect(out).not.toContain('with its source');
    expect(code).toBe(1);
  });

  it('waits for a snapshot that is busy', async () => {
    expect((await exportTo(FLASH, '--after', 'keep')).code).toBe(0);
    await fault(connection, { kind: 'refuse-nbd', count: 2 });
    const { code, out } = await typed('verify', '--against-source', to, ...poolFlags());
    expect(out).toContain('the whole disk with its source');
    expect(code).toBe(0);
  });
});

it('resume FOLDER with several jobs asks for the password once', async () => {
  await fault(connection, { kind: 'slow-nbd', milliseconds: 200 });
  const names = [FLASH, 'web-01 system'];
  for (const [at, name] of names.entries()) {
    const words = ['export', disk(connection, name).uuid, '--to', to, '--limit', '512KiB/s', ...poolFlags()];
    await deltascope(words, {
      env: { DELTASCOPE_PASSWORD: demo.password, DELTASCOPE_HOME: home },
      onStarted: async (kill) => {
        while (filesIn(to).filter((file) => file.endsWith('.qcow2.partial')).length <= at)
          await new Promise((resolve) => setTimeout(resolve, 20));
        kill('SIGKILL');
      },
    });
  }
  await act(connection, 'clear-faults');
  const left = filesIn(to);
  const stopped = await typedAndStopped('resume', to, '--fingerprint', demo.fingerprint);
  expect(stopped).toMatchObject({ code: 1, prompts: 1 });
  expect(stopped.err).toContain('It was stopped before anything was done');
  expect(filesIn(to)).toEqual(left);
  const { code, prompts } = await typed('resume', to, '--fingerprint', demo.fingerprint, '--cancel');
  expect({ code, prompts }).toEqual({ code: 0, prompts: 1 });
  expect(filesIn(to)).toEqual([]);
});
