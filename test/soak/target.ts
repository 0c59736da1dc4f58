import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

const SIZE = '6g';

/**
 * The folder that exports go to: with root's rights a small file system of its own behind a second mount, so that it
 * can fill up, turn read-only and vanish as a share does, and come back.
 */
export class Target {
  readonly path: string;
  readonly #store: string;
  readonly #readOnly: string;
  readonly canFail = process.getuid?.() === 0;

  constructor(folder: string) {
    this.path = join(folder, 'to');
    this.#store = join(folder, 'store');
    this.#readOnly = join(folder, 'read-only');
    mkdirSync(this.path);
    if (!this.canFail) return;
    mkdirSync(this.#store);
    mount('-t', 'tmpfs', '-o', `size=${SIZE}`, 'deltascope-soak', this.#store);
    mkdirSync(this.#readOnly);
    mount('--bind', this.#store, this.#readOnly);
    mount('-o', 'remount,ro,bind', this.#readOnly);
    this.heal();
  }

  /** Leaves so many bytes. */
  fill(bytes: number): void {
    // A copy that writes meanwhile may take more than the size that was worked out, which the system then refuses.
    for (let tries = 0; ; tries++) {
      const { blocks, bfree, bsize } = statfsSync(this.#store);
      const size = Math.max((blocks - bfree) * bsize + bytes + tries * MARGIN, 4096);
      try {
        mount('-o', `remount,size=${size}`, this.#store);
        return;
      } catch (error) {
        if (tries === MOST_TRIES) throw error;
      }
    }
  }

  /** For whatever is opened from now on. At one stroke: a place with files open for writing cannot turn read-only. */
  turnReadOnly(): void {
    mount('--bind', this.#readOnly, this.path);
  }

  vanish(): void {
    while (isMounted(this.path)) execFileSync('umount', ['-l', this.path]);
  }

  /** As it was, with all that is in it. */
  heal(): void {
    if (!this.canFail) return;
    this.vanish();
    mount('--bind', this.#store, this.path);
    mount('-o', `remount,size=${SIZE}`, this.#store);
  }

  /** What was written where the share was not: names below the bare folder. */
  strays(): string[] {
    if (!this.canFail) return [];
    this.vanish();
    const found = readdirSync(this.path, { recursive: true }).map(String);
    this.heal();
    return found;
  }

  remove(): void {
    if (!this.canFail) return;
    // A signal to the whole group may end the tool as well: a few times.
    for (const path of [this.path, this.#readOnly, this.#store])
      for (let tries = 0; tries < 10 && isMounted(path); tries++)
        spawnSync('umount', ['-l', path], { stdio: 'ignore' });
  }
}

/** What a copy may write while the size is set. */
const MARGIN = 4 * 1024 * 1024;
const MOST_TRIES = 20;

const mount = (...words: string[]): void => void execFileSync('mount', words, { stdio: 'pipe' });

const isMounted = (path: string): boolean =>
  existsSync('/proc/self/mounts') &&
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[1] === path);
