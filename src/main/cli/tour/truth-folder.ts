import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ENOUGH_BYTES = 512 * 1024 * 1024;

/**
 * A temporary folder for the disk's true content, removed when `work` is done. In memory where Linux offers that:
 * reading the holes of a large file from a disk file system fills the page cache with zeros.
 */
export async function withTruthFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(await roomyPlace(), 'deltascope-truth-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function roomyPlace(): Promise<string> {
  if (process.platform !== 'linux') return tmpdir();
  try {
    const { bavail, bsize } = await statfs('/dev/shm');
    return bavail * bsize >= ENOUGH_BYTES ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir(); // a container without it
  }
}
