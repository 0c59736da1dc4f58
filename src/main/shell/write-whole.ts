import { rename, rm, writeFile } from 'node:fs/promises';

/** Writes a file that is there whole or not at all, also while it is written: whoever waits for it may read it. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const unfinished = `${path}.partial`;
  try {
    await writeFile(unfinished, content);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
