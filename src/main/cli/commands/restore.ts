import { resolve } from 'node:path';
import type { RestoredDisk } from '../../../shared/model/library-operation';
import { unwrap } from '../../../shared/model/result';
import { restoreExport } from '../../engine/library/restore/restore';
import { jsonLine, type AddCommand, type CliContext } from '../context';
import { findStorage } from '../find-objects';
import { jobsFolder } from '../home';
import { demandFile } from '../input-file';
import { onPool, withPoolFlags, type PoolFlags } from '../pool-flags';
import { ProgressBar } from '../terminal/progress-bar';
import { formatBytes } from '../terminal/units';

interface RestoreFlags extends PoolFlags {
  sr: string;
  name?: string;
  prove: boolean;
  json?: boolean;
}

const DESCRIPTION = `Makes a new disk on a storage of a pool and writes an export into it, with everything that it builds on. Every block
is compared with its checksum on the way; afterwards the new disk is read back from the host and compared once more.
Existing disks are never touched. If anything goes wrong, or on Ctrl+C, the new disk is removed again; what a killed
process leaves is found by "deltascope leftovers". The new disk is attached to no VM: do that on the pool.
It is uploaded as a VHD, which leaves out what is empty, or raw where that is not possible.`;

export const addRestore: AddCommand = (program, context) => {
  withPoolFlags(program.command('restore'))
    .summary('write an export into a new disk on a pool')
    .description(DESCRIPTION)
    .argument('<manifest>', 'the .json file of the export whose state is wanted')
    .requiredOption('--sr <storage>', 'storage for the new disk, by name or uuid')
    .option('--name <name>', 'name of the new disk (default: the old name and the time of the snapshot)')
    .option('--no-prove', 'do not read the new disk back')
    .option('--json', 'print machine-readable lines')
    .action((manifest: string, flags: RestoreFlags) => restore(resolve(manifest), flags, context));
};

async function restore(manifest: string, flags: RestoreFlags, context: CliContext): Promise<void> {
  await demandFile(manifest, 'manifest (the .json file of an export)');
  const { io, files } = context;
  await onPool(flags, context, async (pool) => {
    const { uuid: storageUuid } = findStorage(pool.inventory(), flags.sr);
    const { name, prove } = flags;
    const bar = new ProgressBar(io, 'sending');
    try {
      const disk = await restoreExport(
        pool,
        manifest,
        { storageUuid, name, prove },
        {
          signal: io.signal,
          jobsFolder: jobsFolder(io),
          workerFile: files.libraryWorker,
          progress: (step, readBytes, totalBytes) => bar.draw({ readBytes, totalBytes }, step),
        },
      );
      bar.clear();
      tell(unwrap(disk), flags, context);
    } finally {
      bar.clear();
    }
  });
}

function tell(disk: RestoredDisk, { json }: RestoreFlags, { io }: CliContext): void {
  if (json) {
    jsonLine(io, { event: 'done', ...disk });
    return;
  }
  const { diskName, diskUuid, storageName, sizeBytes, newSizeBytes, format, formatReason, sentBytes } = disk;
  io.out(`${diskName}  ${diskUuid}  on ${storageName}\n`);
  io.out(`  sent ${formatBytes(sentBytes)} as ${format}: ${formatReason}\n`);
  if (newSizeBytes > sizeBytes)
    io.out(
      `  the storage made it ${formatBytes(newSizeBytes)} large (${newSizeBytes - sizeBytes} bytes more than the export, zero)\n`,
    );
  const proved = disk.provedBytes !== undefined;
  io.out(
    proved ? '  read back and found equal to the export\n' : '  not read back: equality is not proved\n',
  );
  for (const warning of [disk.notNoted, disk.marksRemain])
    if (warning) io.err(`warning: ${warning.message}\n  What to do: ${warning.nextStep}\n`);
}
