import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { fail } from '../../shared/model/failure';
import type { ExportRequest } from '../../shared/model/export-plan';
import type { PoolConnection } from '../engine/xapi';
import { connections } from './connections-argument';
import { findDisks } from './find-objects';
import { withPoolFlags, type PoolFlags } from './pool-flags';
import { parseRate } from './terminal/units';

export interface ExportFlags extends PoolFlags {
  to: string;
  format: ExportRequest['format'];
  mode: ExportRequest['mode'];
  base: string;
  after: ExportRequest['after'];
  connections?: number;
  limit?: string;
  keepUnchanged?: boolean;
  json?: boolean;
}

/** The options that decide what an export does. */
export const withExportFlags = (command: Command): Command =>
  withPoolFlags(command)
    .argument('<vm|disk...>', 'VMs (all their disks) or disks, by name or uuid')
    .requiredOption('--to <folder>', 'folder that gets one sub-folder per disk')
    .addOption(
      new Option('--format <format>', 'image format').choices(['vhd', 'qcow2', 'raw']).default('qcow2'),
    )
    .addOption(
      new Option('--mode <mode>', 'how the blocks to read are found')
        .choices(['auto', 'full', 'cbt', 'compare', 'stream'])
        .default('auto'),
    )
    .option('--base <auto|manifest>', 'the earlier export that an increment builds on', 'auto')
    .addOption(
      new Option(
        '--after <ending>',
        'what becomes of the snapshot: kept with its data, reduced to change metadata, removed',
      )
        .choices(['keep', 'purge', 'remove'])
        .default('purge'),
    )
    .option(
      '--connections <n>',
      'NBD connections per disk, 1 to 16 (default: chosen by the engine)',
      connections,
    )
    .option('--limit <rate>', 'most bytes per second for the whole export, for example 100MiB/s')
    .option('--keep-unchanged', 'also store changed blocks whose content equals the base’s')
    .option('--json', 'print machine-readable lines');

export function requestOf(words: readonly string[], flags: ExportFlags, pool: PoolConnection): ExportRequest {
  return {
    poolId: pool.poolUuid,
    diskUuids: findDisks(pool.inventory(), words).map(({ uuid }) => uuid),
    targetFolder: folderOf(flags.to),
    format: flags.format,
    mode: flags.mode,
    base: flags.base === 'auto' ? 'auto' : resolve(flags.base),
    after: flags.after,
    skipUnchanged: !flags.keepUnchanged,
    ...(flags.connections === undefined ? {} : { connections: flags.connections }),
    ...(flags.limit === undefined ? {} : { limitBytesPerSecond: parseRate(flags.limit) }),
  };
}

/** An empty word, as of a variable that is not set, would be the folder that the command runs in. */
function folderOf(word: string): string {
  if (word.trim() !== '') return resolve(word);
  return fail({
    code: 'usage',
    message: 'The target folder has no name.',
    nextStep: 'Give it with --to; a dot is the folder that the command runs in.',
  });
}
