import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startNbdServer } from './server';

it('a unix socket is for one account from the moment it is there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'deltascope-socket-'));
  const mask = process.umask(0);
  try {
    const path = join(folder, 'nbd');
    const disk = { sizeBytes: 512, read: () => expect.unreachable() } as never;
    const starting = startNbdServer({ disk, listen: { kind: 'unix', path } });
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
    expect(process.umask(0)).toBe(0);
    await (await starting).close();
  } finally {
    process.umask(mask);
    rmSync(folder, { recursive: true });
  }
});
