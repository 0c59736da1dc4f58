import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { TargetToCheck } from '../../../../shared/preflight';
import { isThere } from '../files/is-there';
import { fileSystemAt } from './file-system';

/** The longest names of an export's folder and files, in bytes. See `../files/names`. */
const OUR_NAMES = 'f'.repeat(89 + 1 + 48);
/** Source: Linux limits.h PATH_MAX, macOS sys/syslimits.h, learn.microsoft.com "Maximum Path Length Limitation". */
const LONGEST_PATH: Partial<Record<NodeJS.Platform, number>> = { linux: 4095, darwin: 1023, win32: 32_766 };

/** What the system tells about the place where exports are, or will be: the folder, or what is there of its parents. */
export async function targetPlace(folder: string): Promise<TargetToCheck> {
  const longest = LONGEST_PATH[process.platform] ?? 4095;
  if (Buffer.byteLength(join(folder, OUR_NAMES)) > longest) return { obstacle: 'path-too-long' };
  const found = await nearest(folder);
  if (found === undefined) return {};
  const { place, missing } = found;
  if (!(await stat(place)).isDirectory()) return { obstacle: 'not-a-folder' };
  for (const name of missing) if (await isTooLong(place, name)) return { obstacle: 'name-too-long' };
  const { type, bavail, bsize } = await statfs(place);
  const writable = await access(place, constants.W_OK).then(
    () => true,
    () => false,
  );
  return {
    freeBytes: bavail * bsize,
    ...(await fileSystemAt(place, type)),
    ...(writable ? {} : { obstacle: 'read-only' }),
  };
}

/** The folder itself, or the nearest parent that is there; undefined when there is none, as on a drive that is away. */
async function nearest(
  folder: string,
): Promise<{ readonly place: string; readonly missing: readonly string[] } | undefined> {
  const missing: string[] = [];
  for (let place = folder; ; place = dirname(place)) {
    if (await isThere(place)) return { place, missing };
    if (dirname(place) === place) return undefined;
    missing.push(basename(place));
  }
}

/** Each file system has a limit of its own, 255 bytes as a rule: it is asked. */
const isTooLong = (place: string, name: string): Promise<boolean> =>
  stat(join(place, name)).then(
    () => false,
    (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENAMETOOLONG',
  );
