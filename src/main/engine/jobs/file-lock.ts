import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { processStart } from './process-start';
import type { ReleasedLocks } from './released-locks';
import { isSameMachine, machineSchema, thisMachine, type Machine } from './this-machine';

const holderSchema = z.object({
  pid: z.number().int().positive(),
  start: z.string(),
  token: z.string(),
  /** Absent in the locks of older versions: taken for this one. */
  machine: machineSchema.optional(),
});
type Holder = z.infer<typeof holderSchema>;

/** Others come and go; what is there and cannot be read, a link that leads nowhere, stays. */
const MOST_TRIES = 100;

/**
 * A file that says which process holds something. A lock whose process is gone, or whose process id belongs to another
 * process by now, is stale. Of a process on another machine nothing is known: its lock holds until somebody removes the
 * file. System errors come out as they are.
 */
export class FileLock {
  /** Given back by this process, which could not remove them all: their drive was away. */
  static readonly #released = new Set<string>();

  private constructor(
    private readonly path: string,
    private readonly text: string,
    private readonly token: string,
  ) {}

  /** Undefined when another process, or this one, holds it. @param released what other processes say of their locks. */
  static take(path: string, released?: ReleasedLocks): FileLock | undefined {
    const token = randomUUID();
    const text = JSON.stringify({
      pid: process.pid,
      start: processStart(process.pid) ?? 'unknown',
      token,
      machine: thisMachine(),
    } satisfies Holder);
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      if (putNew(path, text)) return new FileLock(path, text, token);
      const found = read(path);
      if (found === undefined) continue;
      if (FileLock.#holds(found, released)) return undefined;
      removeExactly(path, found);
    }
    return undefined;
  }

  /** Whether a living process holds it, or one of another machine, of which nobody can tell. */
  static isHeld(path: string, released?: ReleasedLocks): boolean {
    const found = read(path);
    return found !== undefined && FileLock.#holds(found, released);
  }

  static #holds(text: string, released: ReleasedLocks | undefined): boolean {
    if (FileLock.#released.has(text) || !isHeld(text)) return false;
    const token = holderOf(text)?.token;
    return token === undefined || released?.has(token) !== true;
  }

  /** The machine whose process holds it, if that is another one. */
  static otherMachine(path: string): Machine | undefined {
    const machine = holderOf(read(path) ?? '')?.machine;
    return machine && !isSameMachine(machine, thisMachine()) ? machine : undefined;
  }

  /** @param released where other processes learn of it if the file cannot be removed now. */
  release(released?: ReleasedLocks): void {
    FileLock.#released.add(this.text);
    let isRemoved = false;
    try {
      if (read(this.path) !== this.text) return;
      rmSync(this.path, { force: true });
      isRemoved = true;
    } finally {
      if (!isRemoved) released?.note(this.token);
    }
  }
}

/** Puts the whole file in place at once, and only where none is. */
function putNew(path: string, text: string): boolean {
  const fresh = `${path}.${randomUUID()}`;
  try {
    writeFileSync(fresh, text, { mode: 0o600 });
    linkOrWrite(fresh, path, text);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** FAT and some network file systems have no hard links: for a moment the file is empty then, and counts as stale. */
function linkOrWrite(fresh: string, path: string, text: string): void {
  try {
    linkSync(fresh, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') throw error;
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  }
}

/** Two processes may find the same stale lock: a lock that was put there meanwhile goes back. */
function removeExactly(path: string, text: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (read(aside) !== text) putNew(path, read(aside) ?? '');
  rmSync(aside, { force: true });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isHeld(text: string): boolean {
  const holder = holderOf(text);
  if (holder === undefined) return false;
  if (holder.machine && !isSameMachine(holder.machine, thisMachine())) return true;
  const start = processStart(holder.pid);
  if (start === undefined) return false;
  // Where the system does not say when a process began, one with this id counts as the holder.
  return start === holder.start || start === 'unknown' || holder.start === 'unknown';
}

function holderOf(text: string): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
