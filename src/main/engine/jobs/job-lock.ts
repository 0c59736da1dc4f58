import { join } from 'node:path';
import type { Failure } from '../../../shared/model/failure';
import { makeFoldersNow } from '../export/files/make-folders';
import { FileLock } from './file-lock';
import { mapHomeError } from './home-failures';
import { lockRemains, onOtherMachine, runsElsewhere } from './queue-failures';

/** Keeps two processes that share a folder of jobs (window and command line) from running the same job. */
export class JobLock {
  private constructor(
    private readonly lock: FileLock,
    private readonly path: string,
  ) {}

  /** Undefined when another process, or this one, holds the job. @throws FailureError `journal-not-written` */
  static take(folder: string, jobId: string): JobLock | undefined {
    const path = pathOf(folder, jobId);
    try {
      makeFoldersNow(folder, 0o700);
      const lock = FileLock.take(path);
      return lock && new JobLock(lock, path);
    } catch (error) {
      throw mapHomeError(error, path);
    }
  }

  /** Why a job could not be taken. */
  static refusal(folder: string, jobId: string): Failure {
    const path = pathOf(folder, jobId);
    const machine = FileLock.otherMachine(path);
    return machine ? onOtherMachine(machine.host, path) : runsElsewhere;
  }

  /** Whether a living process holds the job, or one of another machine, of which nobody can tell. */
  static isHeld(folder: string, jobId: string): boolean {
    return FileLock.isHeld(pathOf(folder, jobId));
  }

  /** For this process it is given back in any case. @returns why its file is still there. */
  release(): Failure | undefined {
    try {
      this.lock.release();
      return undefined;
    } catch (error) {
      return lockRemains(this.path, error);
    }
  }
}

/**
 * Lets the other processes that share the folder see that something runs which has no journal, for as long as `work`
 * does. What that came to stands also when the lock cannot be removed: it holds nothing back but a clean-up by others, and
 * that until this process has ended.
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
