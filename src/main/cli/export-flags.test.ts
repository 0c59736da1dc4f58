import { Command } from 'commander';
import { expect, it } from 'vitest';
import type { ExportRequest } from '../../shared/model/export-plan';
import type { PoolConnection } from '../engine/xapi';
import { requestOf, withExportFlags, type ExportFlags } from './export-flags';

const pool = {
  poolUuid: 'pool',
  inventory: () => ({ disks: [{ uuid: 'd', name: 'data' }], vms: [], snapshots: [] }),
} as unknown as PoolConnection;

/** What these words ask for. */
function asked(...words: readonly string[]): ExportRequest {
  let request: ExportRequest | undefined;
  withExportFlags(new Command('export'))
    .action((disks: string[], flags: ExportFlags) => {
      request = requestOf(disks, flags, pool);
    })
    .parse(['data', '--pool', 'https://x', '--to', '/to', ...words], { from: 'user' });
  return request!;
}

it('changed blocks that equal the base are left out unless they are asked for', () => {
  expect(asked().skipUnchanged).toBe(true);
  expect(asked('--keep-unchanged').skipUnchanged).toBe(false);
});

it('a rate and a number of connections are only limits when they are given', () => {
  expect(asked()).toMatchObject({ format: 'qcow2', mode: 'auto', base: 'auto', after: 'purge' });
  expect(asked()).not.toHaveProperty('limitBytesPerSecond');
  expect(asked()).not.toHaveProperty('connections');
  expect(asked('--limit', '2MiB/s', '--connections', '3')).toMatchObject({
    limitBytesPerSecond: 2 * 1024 * 1024,
    connections: 3,
  });
});

it('a target without a name is refused: it would be the folder that the command runs in', () => {
  expect(() => asked('--to', '')).toThrow('The target folder has no name.');
  expect(asked('--to', '.').targetFolder).toBe(process.cwd());
});
