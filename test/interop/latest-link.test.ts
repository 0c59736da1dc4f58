import { copyFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { scanLibrary } from '../../src/main/engine/library/scan';
import { unwrap } from '../../src/shared/model/result';
import { runExport } from '../fixtures/exporting';
import { disk } from '../fixtures/pool-connection';
import { connection, poolPerTest, to } from '../fixtures/pool-per-test';

poolPerTest();

it.each([
  ['link', (from: string, path: string) => symlinkSync(basename(from), path)],
  ['copy', copyFileSync],
])(
  'a %s of a manifest, as scripts keep it for the newest export, is no base: it moves on',
  async (_, put) => {
    const wish = { diskUuids: [disk(connection, 'gateway-01 flash').uuid], targetFolder: to };
    const { manifestPath } = await runExport(connection, wish);
    for (const name of ['0-latest.json', 'latest.json']) put(manifestPath, join(dirname(manifestPath), name));
    const [{ entries }] = unwrap(await scanLibrary(to)).disks;
    expect(entries.map((entry) => entry.manifestPath)).toEqual([manifestPath]);
    const { manifest } = await runExport(connection, wish);
    expect(manifest.parent?.manifestFile).toBe(basename(manifestPath));
  },
);
