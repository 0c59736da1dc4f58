import { execFile } from 'node:child_process';
import { parse } from 'node:path';
import { promisify } from 'node:util';
import type { TargetToCheck } from '../../../../shared/preflight';

type Limits = Pick<TargetToCheck, 'maxFileBytes' | 'keepsHoles'>;

const run = promisify(execFile);
const GIB = 1024 ** 3;

/** Source: learn.microsoft.com "File System Functionality Comparison"; Linux fs/fat, fs/exfat: no holes either. */
const LIMITS: Readonly<Record<'fat' | 'exfat', Limits>> = {
  fat: { maxFileBytes: 4 * GIB - 1, keepsHoles: false },
  exfat: { keepsHoles: false },
};

/** `f_type` of statfs. Source: Linux include/uapi/linux/magic.h. */
const LINUX_TYPES: Readonly<Record<number, keyof typeof LIMITS>> = { 0x4d44: 'fat', 0x2011bab0: 'exfat' };

/**
 * The limits of the file system that holds a folder, where it has any worth telling.
 * @param type as statfs gives it; only Linux has the same number for a file system everywhere.
 */
export async function fileSystemAt(folder: string, type: number): Promise<Limits> {
  const kind = process.platform === 'linux' ? LINUX_TYPES[type] : await ask(folder);
  return kind ? LIMITS[kind] : {};
}

/** Asks a program of the system. No answer means no known limits: writing then tells. */
async function ask(folder: string): Promise<keyof typeof LIMITS | undefined> {
  try {
    if (process.platform === 'win32')
      return kindIn((await run('fsutil', ['fsinfo', 'volumeinfo', parse(folder).root])).stdout);
    const { stdout: df } = await run('df', ['-P', folder]);
    const device = df.trim().split('\n').at(-1)?.split(/\s/)[0];
    const { stdout: mounts } = await run('mount');
    return kindIn(mounts.split('\n').find((line) => line.startsWith(`${device} on `)) ?? '');
  } catch {
    return undefined;
  }
}

/** Finds the name of a file system in what `fsutil fsinfo volumeinfo` (Windows) or `mount` (macOS) says. */
export function kindIn(text: string): keyof typeof LIMITS | undefined {
  const name = /(?:: |\()(FAT(?:12|16|32)?|exFAT|msdos)(?=\s*$|,)/im.exec(text)?.[1].toLowerCase();
  if (name === undefined) return undefined;
  return name === 'exfat' ? 'exfat' : 'fat';
}
