import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { BlockBitmap } from '../../../shared/blocks/bitmap';
import { changeStatistics } from '../../../shared/blocks/statistics';
import { fail } from '../../../shared/model/failure';
import type { Inventory, Snapshot } from '../../../shared/model/inventory';
import { unwrap } from '../../../shared/model/result';
import { changedBlocks } from '../../engine/cbt';
import { mapFileError } from '../../engine/image/file-failures';
import { jsonLine, type AddCommand } from '../context';
import { findDisk, findSnapshot } from '../find-objects';
import { describeChanges } from '../describe-changes';
import { onPool, withPoolFlags, type PoolFlags } from '../pool-flags';
import { formatTime } from '../terminal/units';
import { heatmapPng } from '../terminal/heatmap-png';

interface ChangedFlags extends PoolFlags {
  since: string;
  json?: boolean;
  png?: string;
  bitmap?: string;
}

const DESCRIPTION = `Shows which 64 KiB blocks of a disk were written between two snapshots, as a heatmap in the terminal, numbers
or a file. Given a disk, its newest snapshot is the later one: the pool can only answer between snapshots.`;

export const addChanged: AddCommand = (program, context) => {
  withPoolFlags(program.command('changed'))
    .summary('show where a disk changed between two snapshots')
    .description(DESCRIPTION)
    .argument('<disk|snapshot>', 'the later state')
    .requiredOption('--since <snapshot>', 'the earlier snapshot')
    .option('--json', 'print the numbers and extents as one line of JSON')
    .option('--png <file>', 'write the heatmap as a picture')
    .option('--bitmap <file>', 'write the bitmap: one bit per block, most significant first')
    .action((word: string, flags: ChangedFlags) =>
      onPool(flags, context, async (pool) => {
        const { io } = context;
        const inventory = pool.inventory();
        const later = laterState(inventory, word);
        const disk = inventory.disks.find(({ uuid }) => uuid === later.diskUuid);
        const since = findSnapshot(inventory, flags.since, disk);
        const sizeBytes = later.sizeBytes ?? sizeOfDisk(inventory, later);
        const changed = unwrap(
          await changedBlocks(pool, since.uuid, later.uuid, sizeBytes, { signal: io.signal }),
        );
        if (flags.png !== undefined) await save(flags.png, heatmapPng(changed));
        if (flags.bitmap !== undefined) await save(flags.bitmap, changed.bytes);
        if (flags.json)
          jsonLine(io, { event: 'changed', since: since.uuid, to: later.uuid, ...asJson(changed) });
        else
          io.out(
            `${disk?.name ?? later.name}, ${formatTime(since.takenAt)} to ${formatTime(later.takenAt)}\n${describeChanges(changed, io)}`,
          );
      }),
    );
};

function laterState(inventory: Inventory, word: string): Snapshot {
  // A snapshot often has the name of its disk: then the disk is meant.
  const isDisk = inventory.disks.some(({ uuid, name }) => uuid === word || name === word);
  const isSnapshot = inventory.snapshots.some(
    ({ uuid, name }) => name === word || (word.length >= 8 && uuid.startsWith(word.toLowerCase())),
  );
  if (!isDisk && isSnapshot) return findSnapshot(inventory, word);
  const disk = findDisk(inventory, word);
  const newest = disk.snapshotUuids.at(-1);
  if (newest !== undefined) return findSnapshot(inventory, newest);
  return fail({
    code: 'no-snapshot',
    message: `${disk.name} has no snapshot.`,
    nextStep: 'Take one first: deltascope snapshot <vm>.',
  });
}

/** A snapshot that is only metadata does not know its size; the disk does, unless it was resized since. */
function sizeOfDisk({ disks }: Inventory, snapshot: Snapshot): number {
  const disk = disks.find(({ uuid }) => uuid === snapshot.diskUuid);
  if (disk) return disk.sizeBytes;
  return fail({
    code: 'size-unknown',
    message: 'The size of this snapshot is not known: it is only change metadata and its disk is gone.',
    nextStep: 'Choose a later snapshot that has its data.',
  });
}

async function save(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(resolve(path), bytes);
  } catch (error) {
    throw mapFileError(error, path);
  }
}

const asJson = (changed: BlockBitmap): object => ({
  sizeBytes: changed.sizeBytes,
  ...changeStatistics(changed),
  ranges: [...changed.extents()].map(({ offset, length }) => [offset, length]),
});
