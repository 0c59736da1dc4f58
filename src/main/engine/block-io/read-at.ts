import { readSync } from 'node:fs';

/**
 * Fills the buffer from `position` on, as far as the file goes: a file system may hand out less than it was asked for.
 * Returns the bytes read.
 */
export function readAt(fd: number, into: Buffer, position: number): number {
  let done = 0;
  for (let got = -1; got !== 0 && done < into.length; done += got)
    got = readSync(fd, into, done, into.length - done, position + done);
  return done;
}
