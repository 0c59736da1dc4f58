import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Writes a file that is there whole or not at all, also while it is written: whoever waits for it may read it. What is
 * beside it stays, whatever its name.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const unfinished = join(dirname(path), `.deltascope-${randomUUID()}.partial`);
  const file = await open(unfinished, 'wx');
  try {
    await file.writeFile(content).finally(() => file.close());
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
