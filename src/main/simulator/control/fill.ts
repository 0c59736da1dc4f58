import { PAGE_BYTES } from '../storage/pages';
import type { VirtualDisk } from '../storage/virtual-disk';

/** Odd, so that its multiples repeat only after 2^32 of them. */
const STEP = 2654435761;

/** Writes data that no block shares with another, and none compresses to nothing. Both ends lie on pages. */
export function fillWithData(disk: VirtualDisk, start: number, length: number): void {
  for (let offset = start; offset < start + length; offset += PAGE_BYTES) {
    const page = Buffer.allocUnsafeSlow(PAGE_BYTES);
    for (let at = 0; at < page.length; at += 4) page.writeUInt32LE((offset + at * STEP) >>> 0, at);
    disk.write(offset, page);
  }
}
