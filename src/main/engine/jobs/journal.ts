import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFoldersNow } from '../export/files/make-folders';
import { homeNotRead, mapHomeError } from './home-failures';
import { JobLock } from './job-lock';
import { journalEntrySchema, type JournalEntry } from './journal-entry';

/** A job writes a few hundred lines; a file beyond this is not a journal. */
const MOST_BYTES = 64 * 1024 * 1024;
const ENDING = '.jsonl';

/** `Omit` over a union, member by member. */
type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never;
export type NewEntry = WithoutTime<JournalEntry>;

/**
 * The journal of one job: JSON lines, each durable before {@link Journal.write} returns. Entries are rare, so
 * that waiting for the disk does not show.
 */
export class Journal {
  #open = true;
  /** Of the last whole line. */
  #end: number;

  private constructor(
    private readonly path: string,
    private readonly fd: number,
  ) {
    this.#end = fstatSync(fd).size;
  }

  /** @throws FailureError `journal-not-written` */
  static open(folder: string, jobId: string): Journal {
    const path = join(folder, `${jobId}${ENDING}`);
    try {
      makeFoldersNow(folder, 0o700);
      const isNew = !existsSync(path);
      if (!isNew) cutTornLine(path);
      const journal = new Journal(path, openSync(path, 'a', 0o600));
      if (isNew) syncNames(folder);
      return journal;
    } catch (error) {
      throw mapHomeError(error, path);
    }
  }

  /** As a whole or not at all. @throws FailureError `journal-not-written` */
  write(entry: NewEntry): void {
    // Its number may be another file's by now.
    if (!this.#open) throw new Error('The journal is closed.');
    const line = Buffer.from(`${JSON.stringify({ ...entry, at: new Date().toISOString() })}\n`);
    try {
      this.#cut();
      for (let done = 0; done < line.length;) done += writeSync(this.fd, line, done);
      fdatasyncSync(this.fd);
      this.#end += line.length;
    } catch (error) {
      try {
        this.#cut();
      } catch {
        // Tried again before the next entry; at the file's end half a line is dropped when it is read.
      }
      throw mapHomeError(error, this.path);
    }
  }

  /** An entry that is glued to half a line would make the whole journal a damaged one. */
  #cut(): void {
    if (fstatSync(this.fd).size > this.#end) ftruncateSync(this.fd, this.#end);
  }

  /** Of a job that could not begin. */
  discard(): void {
    this.close();
    rmSync(this.path, { force: true });
  }

  close(): void {
    if (this.#open) closeSync(this.fd);
    this.#open = false;
  }
}

/**
 * A power cut must not take the name of a new journal, whose lines are durable. Windows has no such call for folders and
 * needs none; some network file systems refuse it and keep names durable themselves.
 */
function syncNames(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EINVAL' && code !== 'ENOTSUP') throw error;
  } finally {
    closeSync(fd);
  }
}

/** A crash may leave half a line; a further entry must not be glued to it. */
function cutTornLine(path: string): void {
  const text = readFileSync(path);
  const end = text.lastIndexOf(0x0a) + 1;
  if (end < text.length) truncateSync(path, end);
}

export interface LoadedJournal {
  readonly jobId: string;
  readonly entries: readonly JournalEntry[];
}

export interface LoadedJournals {
  readonly journals: readonly LoadedJournal[];
  /** Files that hold no usable journal; they were renamed to `*.damaged` and nothing in them is run. */
  readonly setAside: readonly string[];
}

/** Reads the journals of all jobs. Throws only when the folder itself cannot be read. */
export async function loadJournals(folder: string): Promise<LoadedJournals> {
  const journals: LoadedJournal[] = [];
  const setAside: string[] = [];
  for (const name of await namesIn(folder)) {
    if (!name.endsWith(ENDING)) continue;
    const path = join(folder, name);
    const jobId = name.slice(0, -ENDING.length);
    const isHeld = JobLock.isHeld(folder, jobId);
    try {
      const entries = await readEntries(path);
      if (entries) {
        journals.push({ jobId, entries });
        continue;
      }
      // Another process is about to write its first line.
      if (isHeld) continue;
      const aside = `${path}.damaged`;
      await rename(path, aside);
      setAside.push(aside);
    } catch (error) {
      // Another process has removed it meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return { journals, setAside };
}

export const removeJournal = (folder: string, jobId: string): Promise<void> =>
  rm(join(folder, `${jobId}${ENDING}`), { force: true });

/** Of all files in the folder of jobs, sorted; none when it was not made yet. @throws FailureError `jobs-not-readable` */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw homeNotRead(error, folder);
  }
}

/** The journal of one job as it is now; undefined when there is none that can be used. */
export function readJournal(folder: string, jobId: string): LoadedJournal | undefined {
  const path = join(folder, `${jobId}${ENDING}`);
  try {
    if (statSync(path).size > MOST_BYTES) return undefined;
    const entries = parseEntries(readFileSync(path, 'utf8'));
    return entries && { jobId, entries };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The entries, or undefined when the file is damaged. A torn last line is what a crash leaves: it is dropped. */
async function readEntries(path: string): Promise<JournalEntry[] | undefined> {
  if ((await stat(path)).size > MOST_BYTES) return undefined;
  return parseEntries(await readFile(path, 'utf8'));
}

function parseEntries(text: string): JournalEntry[] | undefined {
  const lines = text.split('\n');
  lines.pop();
  const entries: JournalEntry[] = [];
  for (const line of lines) {
    const entry = journalEntrySchema.safeParse(parse(line));
    if (!entry.success) return undefined;
    entries.push(entry.data);
  }
  return entries[0]?.type === 'job' ? entries : undefined;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
