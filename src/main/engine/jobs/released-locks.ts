import { appendFileSync, readFileSync } from 'node:fs';

/**
 * Locks that were given back while the file of the lock could not be removed: its drive was away. A token belongs to one
 * taking of a lock and is noted after it alone, so that no older copy of this file can free a lock that is held.
 */
export class ReleasedLocks {
  constructor(private readonly path: string) {}

  /** @throws of the file system. */
  note(token: string): void {
    appendFileSync(this.path, `${token}\n`, { mode: 0o600 });
  }

  /** @throws of the file system. */
  has(token: string): boolean {
    try {
      return readFileSync(this.path, 'utf8').split('\n').includes(token);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }
}
