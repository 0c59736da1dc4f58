import { basename, resolve } from 'node:path';
import type { LibraryDisk, LibraryEntry } from '../../../shared/model/library';
import { unwrap } from '../../../shared/model/result';
import { scanLibrary } from '../../engine/library/scan';
import { demandFolder } from '../input-file';
import { jsonLine, type AddCommand, type CliContext } from '../context';
import { bold } from '../terminal/colours';
import { table } from '../terminal/table';
import { formatBytes } from '../terminal/units';
import { tellProblems } from './verify';

const DESCRIPTION = `Lists the exports in a folder and what builds on what, from the manifests alone. A chain that is broken is
marked, with what is missing.`;

export const addChain: AddCommand = (program, context) => {
  program
    .command('chain')
    .summary('list the exports in a folder and what builds on what')
    .description(DESCRIPTION)
    .argument('<folder>', 'folder that exports were written to')
    .option('--json', 'print machine-readable lines, one per disk')
    .action((folder: string, flags: { json?: boolean }) =>
      chain(resolve(folder), flags.json ?? false, context),
    );
};

async function chain(folder: string, json: boolean, context: CliContext): Promise<void> {
  const { io } = context;
  await demandFolder(folder, 'folder of exports');
  const scan = unwrap(await scanLibrary(folder));
  tellProblems(scan, context);
  if (json) {
    for (const disk of scan.disks) jsonLine(io, { event: 'disk', ...disk });
    return;
  }
  if (scan.disks.length === 0) io.out(`There are no exports in ${folder}.\n`);
  for (const disk of scan.disks) io.out(describe(disk, context));
}

function describe(disk: LibraryDisk, { io }: CliContext): string {
  const rows = disk.entries.map((entry) => row(entry));
  const broken = disk.entries
    .filter((entry) => entry.failure)
    .map((entry) => `  ${basename(entry.manifestPath)}: ${entry.failure!.message}\n`);
  const head = ['snapshot taken', 'mode', '>changed', '>stored', 'image', 'builds on', 'state'];
  return `${bold(io, disk.diskName)}  ${disk.folder}\n${table(head, rows)}${broken.join('')}\n`;
}

function row({ manifest, failure }: LibraryEntry): string[] {
  return [
    manifest.snapshot.takenAt.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC'),
    manifest.mode,
    formatBytes(manifest.bytes.changed),
    formatBytes(manifest.image.fileBytes),
    manifest.image.file,
    manifest.parent?.imageFile ?? '(full)',
    failure ? 'BROKEN' : 'complete',
  ];
}
