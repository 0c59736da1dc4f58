/** One of the places where a differencing disk says where its parent is. */
export interface LocatorEntry {
  /** Platform code: four characters, such as `W2ru`. */
  readonly code: string;
  /** Sectors set aside for the text. */
  readonly sectors: number;
  /** Bytes of the text. */
  readonly length: number;
  /** Where in the file the text stands. */
  readonly offset: number;
}

export const LOCATOR_ENTRIES = 8;

/** Windows, relative path, UTF-16LE. */
const WINDOWS_RELATIVE = 'W2ru';
/** Windows, absolute path, UTF-16LE. */
const WINDOWS_ABSOLUTE = 'W2ku';
/** File URL, UTF-8, not escaped: libvhd and vhd-format read it literally. */
const FILE_URL = 'MacX';
const URL_PREFIX = 'file://';

/** Best first: what survives moving the folder comes before what does not. */
const PREFERENCE = [WINDOWS_RELATIVE, FILE_URL, WINDOWS_ABSOLUTE];

/** The texts that name a parent, `relative` with forward slashes and `absolute` as the system writes it. */
export function encodeLocators(relative: string, absolute: string): { code: string; text: Buffer }[] {
  const anchored = relative.startsWith('/') || /^[A-Za-z]:/.test(relative) ? relative : `./${relative}`;
  const windows = (path: string): Buffer => Buffer.from(path.replaceAll('/', '\\'), 'utf16le');
  return [
    { code: WINDOWS_RELATIVE, text: windows(anchored) },
    { code: WINDOWS_ABSOLUTE, text: windows(absolute) },
    { code: FILE_URL, text: Buffer.from(URL_PREFIX + anchored, 'utf8') },
  ];
}

/** The path in a locator's text, with forward slashes; undefined if it is none that we know. */
export function decodeLocator(code: string, text: Buffer): string | undefined {
  if (code === WINDOWS_RELATIVE || code === WINDOWS_ABSOLUTE) {
    return usable(text.toString('utf16le').replace(/\0+$/, '').replaceAll('\\', '/'));
  }
  if (code === FILE_URL) {
    const url = text.toString('utf8').replace(/\0+$/, '');
    return url.startsWith(URL_PREFIX) ? usable(url.slice(URL_PREFIX.length)) : undefined;
  }
  return undefined;
}

const usable = (path: string): string | undefined =>
  path.length === 0 || path.includes('\0') ? undefined : path;

/** Sorts `[code, path]` pairs, best first. */
export function byPreference(a: { code: string }, b: { code: string }): number {
  return PREFERENCE.indexOf(a.code) - PREFERENCE.indexOf(b.code);
}
