import type { InputFile } from '../input-file';
import type { ImageFault, ParentLink } from '../types';
import type { VhdHeader } from './header';
import { byPreference, decodeLocator, type LocatorEntry } from './locators';
import { NO_UUID } from './uuid';

/** The longest path that any system knows, as UTF-16. */
const MAX_TEXT_BYTES = 64 * 1024;

/** Where a differencing disk says its parent is: relative locators, its name, and last the absolute locator. */
export async function readParentLink(
  file: InputFile,
  header: VhdHeader,
  faults: ImageFault[],
): Promise<ParentLink> {
  const located: { code: string; path: string }[] = [];
  for (const locator of header.locators) {
    const path = await locatorPath(file, locator, faults);
    if (path !== undefined) located.push({ code: locator.code, path });
  }
  located.sort(byPreference);
  const isAbsolute = ({ code }: { code: string }): boolean => code === 'W2ku';
  const paths = new Set([
    ...located.filter((entry) => !isAbsolute(entry)).map(({ path }) => path),
    ...(header.parentName === '' ? [] : [header.parentName, header.parentName.replaceAll('\\', '/')]),
    ...located.filter(isAbsolute).map(({ path }) => path),
  ]);
  const [path, ...alternatives] = paths;
  const raw = header.parentUuid === NO_UUID; // Source: blktap include/libvhd.h vhd_parent_raw
  return {
    path,
    alternatives,
    uuid: raw ? undefined : header.parentUuid,
    format: raw ? 'raw' : 'vhd',
  };
}

async function locatorPath(
  file: InputFile,
  { code, offset, length }: LocatorEntry,
  faults: ImageFault[],
): Promise<string | undefined> {
  if (length > MAX_TEXT_BYTES || offset + length > file.sizeBytes) {
    faults.push({
      fileOffset: offset,
      message: `the parent locator ${JSON.stringify(code)} lies outside the file`,
    });
    return undefined;
  }
  return decodeLocator(code, await file.readBuffer(offset, length));
}
