import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newJob } from './job-state';
import { Journal, loadJournals, readJournal } from './journal';
import { planOf } from './plan.fixture';

const MOST_BYTES = 64 * 1024 * 1024;
const AT = '2026-01-01T00:00:00.000Z';
const plan = planOf('disk');

let folder: string;
let path: string;
const synced: number[] = [];
/** What the journal held at each of its syncs. */
const durable: string[] = [];
const { fsyncSync, fdatasyncSync } = fs;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'deltascope-'));
  path = join(folder, 'job.jsonl');
  synced.length = durable.length = 0;
  fs.fsyncSync = (fd) => {
    fsyncSync(fd);
    synced.push(fs.fstatSync(fd).ino);
  };
  fs.fdatasyncSync = (fd) => {
    fdatasyncSync(fd);
    if (fs.fstatSync(fd).ino === fs.statSync(path).ino) durable.push(fs.readFileSync(path, 'utf8'));
  };
  syncBuiltinESMExports();
});
afterEach(() => {
  Object.assign(fs, { fsyncSync, fdatasyncSync });
  syncBuiltinESMExports();
  fs.rmSync(folder, { recursive: true });
});

/** A journal with its first line, and those that follow. */
function write(...lines: readonly Parameters<Journal['write']>[0][]): void {
  const journal = Journal.open(folder, 'job');
  journal.write({ type: 'job', version: 1, job: newJob('job', plan, AT), plan });
  for (const line of lines) journal.write(line);
  journal.close();
}

it.skipIf(process.platform === 'win32')('the name of a new journal is durable before its first line', () => {
  Journal.open(folder, 'job').close();
  expect(synced).toEqual([fs.statSync(folder).ino]);
  Journal.open(folder, 'job').close();
  expect(synced).toHaveLength(1);
});

it('a line is durable once it is written', () => {
  const journal = Journal.open(folder, 'job');
  for (const name of ['one', 'two']) {
    journal.write({ type: 'task', name });
    expect(durable.at(-1)).toBe(fs.readFileSync(path, 'utf8'));
    expect(durable.at(-1)).toContain(`"${name}"`);
  }
  journal.close();
});

it('a journal that was closed writes to no file that has its number now', () => {
  const journal = Journal.open(folder, 'job');
  journal.close();
  const other = join(folder, 'other');
  const fd = fs.openSync(other, 'w+');
  fs.writeSync(fd, 'what must stay');
  expect(() => journal.write({ type: 'resumed' })).toThrow('closed');
  expect(fs.readFileSync(other, 'utf8')).toBe('what must stay');
  fs.closeSync(fd);
});

describe('a file that is no journal', () => {
  it('is larger than any: it is not read', async () => {
    write({ type: 'state', state: 'done' });
    expect(readJournal(folder, 'job')?.entries).toHaveLength(2);
    // What follows the last line would count as one that a crash tore.
    fs.truncateSync(path, MOST_BYTES + 1);
    expect(readJournal(folder, 'job')).toBeUndefined();
    expect(await loadJournals(folder)).toEqual({ journals: [], setAside: [`${path}.damaged`] });
  });

  it.each(['../image.raw', '/etc/passwd', '..', 'a\0b', 'a\\b', ''])(
    'names a file outside of the target: %j',
    async (image) => {
      const names = { image, checksums: 'a.sums', manifest: 'a.json' };
      write({ type: 'writing', diskUuid: 'disk', names, uuid: 'x' });
      const { journals, setAside } = await loadJournals(folder);
      expect([journals, setAside]).toEqual([[], [`${path}.damaged`]]);
    },
  );
});

describe('a journal that another process removes while the folder is read', () => {
  const id = '00000000-0000-4000-8000-000000000000';
  const { stat, rename } = fs.promises;
  afterEach(() => {
    Object.assign(fs.promises, { stat, rename });
    syncBuiltinESMExports();
  });

  it.each(['stat', 'rename'] as const)('is gone (%s)', async (step) => {
    fs.writeFileSync(join(folder, `${id}.jsonl`), 'no journal\n');
    const real = fs.promises[step] as (...words: string[]) => Promise<unknown>;
    let removed = 0;
    Object.assign(fs.promises, {
      [step]: (path: string, ...more: string[]) => {
        fs.rmSync(path);
        removed++;
        return real(path, ...more);
      },
    });
    syncBuiltinESMExports();
    expect(await loadJournals(folder)).toEqual({ journals: [], setAside: [] });
    expect(removed).toBe(1);
  });
});
