import { basename, resolve } from 'node:path';
import { Option } from 'commander';
import { fail } from '../../../shared/model/failure';
import type { LibraryScan, VerifyReport } from '../../../shared/model/library';
import { sourceBlocksSchema, type SourceBlocks } from '../../../shared/model/library-operation';
import { unwrap } from '../../../shared/model/result';
import { readManifest } from '../../engine/export/files/manifest-file';
import { freshTargets } from '../../engine/export/run/nbd-place';
import { scanLibrary } from '../../engine/library/scan';
import { verifyExport } from '../../engine/library/verify/verify';
import { openNbd } from '../../engine/nbd/open';
import { jsonLine, type AddCommand, type CliContext } from '../context';
import { demandExisting } from '../input-file';
import { EXIT } from '../exit-codes';
import { onPool, withLoginFlags, type PoolFlags } from '../pool-flags';
import { formatBytes } from '../terminal/units';

interface VerifyFlags extends Omit<PoolFlags, 'pool'> {
  chain?: boolean;
  againstSource?: SourceBlocks;
  pool?: string;
  json?: boolean;
}

const DESCRIPTION = `Proves exports without a pool: file sizes, image structure, every stored block against its checksum, and the
checksum file against the manifest; with --chain also every image that the export builds on, and that the
links between them are right. Given a folder, all exports in it are verified. With --against-source and --pool the
whole disk is also read over NBD from the snapshot, as long as it has its data, and compared byte for byte;
"samples" compares up to 258 MiB of it: its beginning, its end, and ranges at random in between. Nothing is changed.`;

export const addVerify: AddCommand = (program, context) => {
  withLoginFlags(program.command('verify'))
    .summary('prove that an export is complete and unchanged')
    .description(DESCRIPTION)
    .argument('<manifest|folder>', 'the .json file of an export, or a folder with exports')
    .option('--chain', 'follow the parents down to the full export')
    .addOption(
      new Option(
        '--against-source [blocks]',
        'also compare with the snapshot on the pool: all of it, or samples',
      )
        .choices(sourceBlocksSchema.options)
        .preset('all'),
    )
    .option('--pool <url>', 'https://host[:port] of the pool’s master, for --against-source')
    .option('--json', 'print machine-readable lines')
    .action((path: string, flags: VerifyFlags) => verify(resolve(path), flags, context));
};

async function verify(path: string, flags: VerifyFlags, context: CliContext): Promise<void> {
  const manifests = await manifestsAt(path, context);
  let sound = true;
  for (const manifestPath of manifests) {
    const options = { chain: flags.chain ?? false, signal: context.io.signal };
    const report = flags.againstSource
      ? await againstSource(manifestPath, flags.againstSource, flags, context)
      : unwrap(await verifyExport(manifestPath, options));
    sound &&= report.sound;
    tell(report, flags, context);
  }
  if (!sound) context.setExitCode(EXIT.failed);
}

async function againstSource(
  manifestPath: string,
  blocks: SourceBlocks,
  { pool: url, ...flags }: VerifyFlags,
  context: CliContext,
): Promise<VerifyReport> {
  if (url === undefined) {
    return fail({
      code: 'usage',
      message: '--against-source needs a pool to compare with.',
      nextStep: 'Give its address with --pool.',
    });
  }
  const { signal } = context.io;
  const { snapshot } = unwrap(await readManifest(manifestPath));
  return onPool({ ...flags, pool: url }, context, async (pool) => {
    const targets = unwrap(await freshTargets(pool, snapshot.uuid));
    const refreshTarget = () => freshTargets(pool, snapshot.uuid);
    const source = unwrap(
      await openNbd({ targets, signal, refreshTarget, multiConnWithoutFlag: true, minimumBlockSize: 512 }),
    );
    try {
      const againstSource = { source, blocks };
      return unwrap(await verifyExport(manifestPath, { chain: true, againstSource, signal }));
    } finally {
      await source.close();
    }
  });
}

/** One manifest, or those of all exports in a folder. */
async function manifestsAt(path: string, context: CliContext): Promise<string[]> {
  if ((await demandExisting(path, 'manifest or folder')) === 'file') return [path];
  const scan = unwrap(await scanLibrary(path));
  tellProblems(scan, context);
  const manifests = scan.disks.flatMap(({ entries }) => entries.map((entry) => entry.manifestPath));
  if (manifests.length > 0 || scan.problems.length > 0) return manifests;
  return fail({
    code: 'no-exports-found',
    message: `There are no exports in ${path}.`,
    nextStep: 'Give the folder that an export was written to, or the .json file of one export.',
  });
}

/** Manifests that cannot be read make the verification fail, but do not keep the others from being verified. */
export function tellProblems({ problems }: LibraryScan, { io, setExitCode }: CliContext): void {
  for (const { failure } of problems) io.err(`${failure.message}\n  What to do: ${failure.nextStep}\n`);
  if (problems.length > 0) setExitCode(EXIT.failed);
}

function tell(report: VerifyReport, flags: VerifyFlags, { io }: CliContext): void {
  if (flags.json) {
    jsonLine(io, { event: 'verified', ...report });
    return;
  }
  const checked = report.images.reduce((sum, image) => sum + image.checkedBytes, 0);
  const images = report.images.length === 1 ? '1 image' : `${report.images.length} images`;
  const verdict = report.sound ? 'sound' : 'NOT sound';
  const part = flags.againstSource === 'samples' ? 'samples of the disk' : 'the whole disk';
  const source = report.comparedWithSource ? `, and ${part} with its source` : '';
  io.out(
    `${basename(report.manifestPath)}: ${verdict} (${images}, ${formatBytes(checked)} compared${source})\n`,
  );
  for (const { message, nextStep } of report.faults) io.out(`  ${message}\n    What to do: ${nextStep}\n`);
}
