import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Failure } from '../../../shared/model/failure';
import { makeFoldersNow } from '../export/files/make-folders';
import { mapHomeError } from './home-failures';
import { processStart } from './process-start';
import { onOtherMachine, runsElsewhere } from './queue-failures';
import { isSameMachine, machineSchema, thisMachine } from './this-machine';

const holderSchema = z.object({
  pid: z.number().int().positive(),
  start: z.string(),
  token: z.string(),
  /** Absent in the locks of older versions: taken for this one. */
  machine: machineSchema.optional(),
});
type Holder = z.infer<typeof holderSchema>;

/**
 * Keeps two processes that share a folder of jobs (window and command line) from running the same job. A lock whose
 * process is gone, or whose process id belongs to another process by now, is stale. Of a process on another machine
 * nothing is known: its lock holds until somebody removes the file.
 */
export class JobLock {
  private constructor(
    private readonly path: string,
    private readonly text: string,
  ) {}

  /** Undefined when another process, or this one, holds the job. @throws FailureError `journal-not-written` */
  static take(folder: string, jobId: string): JobLock | undefined {
    const path = pathOf(folder, jobId);
    const text = JSON.stringify({
      pid: process.pid,
      start: processStart(process.pid) ?? 'unknown',
      token: randomUUID(),
      machine: thisMachine(),
    } satisfies Holder);
    try {
      makeFoldersNow(folder, 0o700);
      for (;;) {
        if (putNew(path, text)) return new JobLock(path, text);
        const found = read(path);
        if (found === undefined) continue;
        if (isHeld(found)) return undefined;
        removeExactly(path, found);
      }
    } catch (error) {
      throw mapHomeError(error, path);
    }
  }

  /** Why a job could not be taken. */
  static refusal(folder: string, jobId: string): Failure {
    const path = pathOf(folder, jobId);
    const machine = holderOf(read(path) ?? '')?.machine;
    return machine && !isSameMachine(machine, thisMachine())
      ? onOtherMachine(machine.host, path)
      : runsElsewhere;
  }

  /** Whether a living process holds the job, or one of another machine, of which nobody can tell. */
  static isHeld(folder: string, jobId: string): boolean {
    const found = read(pathOf(folder, jobId));
    return found !== undefined && isHeld(found);
  }

  release(): void {
    if (read(this.path) === this.text) rmSync(this.path, { force: true });
  }
}

/**
 * Lets the other processes that share the folder see that something runs which has no journal, for as long as `work`
 * does.
 */
export async function whileHeld<T>(folder: string, id: string, work: () => Promise<T>): Promise<T> {
  const lock = JobLock.take(folder, id);
  try {
    return await work();
  } finally {
    lock?.release();
  }
}

const pathOf = (folder: string, jobId: string): string => join(folder, `${jobId}.lock`);

/** Puts the whole file in place at once, and only where none is. */
function putNew(path: string, text: string): boolean {
  const fresh = `${path}.${randomUUID()}`;
  try {
    writeFileSync(fresh, text, { mode: 0o600 });
    linkSync(fresh, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(fresh, { force: true });
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
