import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates, type Certificates } from '../fixtures/certificates';
import { startNbdkit } from '../fixtures/nbd-servers';
import type { Arena, Programs } from './contestant';
import { run } from './measure';
import { findPrograms } from './programs';
import { makeChangedBlocks, makeSourceDisk } from './source-disk';
import { keepMemoryWarm } from './warm-memory';

const MEMORY = '/dev/shm';
const CHANGED_SHARE = 0.05;

export interface ReadyArena {
  readonly arena: Arena;
  readonly certificates: Certificates;
  /** Lets go of the memory that was kept warm for outputs. */
  readonly letMemoryGo: () => void;
  /** Deletes every file of it, and lets the memory go. */
  readonly remove: () => void;
}

/** Makes the disk in memory and everything around it. @throws Error when there is no room. */
export async function prepareArena(sizeBytes: number, say: (text: string) => void): Promise<ReadyArena> {
  // The disk, one output of the same size, and something for the base images.
  const needed = 2.2 * sizeBytes;
  const { bavail, bsize } = statfsSync(MEMORY);
  if (bavail * bsize < needed)
    throw new Error(
      `${MEMORY} has ${bavail * bsize} bytes free; ${needed} are needed. Give a smaller --gib.`,
    );
  const folder = mkdtempSync(join(MEMORY, 'deltascope-bench-'));
  const diskFolder = mkdtempSync(join(tmpdir(), 'deltascope-bench-'));
  let letGo = (): void => undefined;
  const remove = (): void => {
    letGo();
    for (const one of [folder, diskFolder]) rmSync(one, { recursive: true, force: true });
  };
  try {
    const programs = await findPrograms(folder, say);
    const disk = join(folder, 'disk.raw');
    say(`making a disk of ${sizeBytes / 1024 ** 3} GiB`);
    makeSourceDisk(disk, sizeBytes);
    const changed = makeChangedBlocks(folder, sizeBytes, CHANGED_SHARE);
    const certificates = makeCertificates(join(folder, 'tls'));
    const bases = await makeBases(folder, sizeBytes, programs);
    // An output of the whole size, and what the largest contestant takes.
    if (programs.keepWarm !== undefined)
      letGo = await keepMemoryWarm(programs.keepWarm, sizeBytes + 1024 ** 3);
    const tlsFolder = certificates.dir;
    return {
      arena: { folder, diskFolder, disk, sizeBytes, changed, tlsFolder, bases, programs },
      certificates,
      letMemoryGo: letGo,
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Empty images: an increment only has to name its base. */
async function makeBases(folder: string, sizeBytes: number, { cli }: Programs): Promise<Arena['bases']> {
  const bases = { vhd: join(folder, 'base.vhd'), qcow2: join(folder, 'base.qcow2') };
  const server = await startNbdkit(['memory', String(sizeBytes)]);
  try {
    for (const file of Object.values(bases))
      await run({ program: process.execPath, args: [cli, 'copy', server.uri, file] });
    return bases;
  } finally {
    await server.stop();
  }
}
