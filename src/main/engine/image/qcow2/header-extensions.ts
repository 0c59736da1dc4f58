import { imageCorrupt } from '../file-failures';
import { EXTENSION, readUint64, roundUp } from './format';

/** The header extensions by type, without their padding. They end where the backing file name begins. */
export function readExtensions(path: string, first: Buffer, headerLength: number): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  const nameOffset = readUint64(first, 8);
  const end = nameOffset > 0 ? Math.min(nameOffset, first.length) : first.length;
  for (let at = headerLength; at + 8 <= end;) {
    const type = first.readUInt32BE(at);
    const length = first.readUInt32BE(at + 4);
    if (type === EXTENSION.end) break;
    if (at + 8 + length > end) imageCorrupt(path, at, `a header extension of ${length} bytes does not fit`);
    found.set(type, first.subarray(at + 8, at + 8 + length));
    at += 8 + roundUp(length, 8);
  }
  return found;
}

/** What the image's own table calls the feature, as far as it is plain text. */
export function featureName(bit: number, names: Buffer | undefined): string {
  for (let at = 0; names && at + 48 <= names.length; at += 48) {
    if (names[at] !== 0 || names[at + 1] !== bit) continue;
    const name = names.toString('latin1', at + 2, at + 48).replace(/[^\x20-\x7e]+/g, '');
    return `"${name}" (incompatible feature bit ${bit})`;
  }
  return `of incompatible feature bit ${bit}`;
}
