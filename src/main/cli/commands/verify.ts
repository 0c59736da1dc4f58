import { basename, resolve } from 'node:path';
import { stat } from 'node:fs/promises';
import { fail } from '../../../shared/model/failure';
import type { LibraryScan } from '../../engine/library/scan';
import type { VerifyReport } from '../../../shared/model/library';
import { unwrap } from '../../../shared/model/result';
import { mapFileError } from '../../engine/image/file-failures';
import { scanLibrary } from '../../engine/library/scan';
import { verifyExport } from '../../engine/library/verify/verify';
import { jsonLine, type AddCommand, type CliContext } from '../context';
import { EXIT } from '../exit-codes';
import { formatBytes } from '../terminal/units';

interface VerifyFlags {
  chain?: boolean;
  json?: boolean;
}

const DESCRIPTION = `Proves exports without a pool: file sizes, image structure, every stored block against its checksum, and the
checksum file against the manifest; with --chain also every image that the export builds on, and that the
links between them are right. Given a folder, all exports in it are verified. Nothing is changed.`;

export const addVerify: AddCommand = (program, context) => {
  program
    .command('verify')
    .summary('prove that an export is complete and unchanged')
    .description(DESCRIPTION)
    .argument('<manifest|folder>', 'the .json file of an export, or a folder with exports')
    .option('--chain', 'follow the parents down to the full export')
    .option('--json', 'print machine-readable lines')
    .action((path: string, flags: VerifyFlags) => verify(resolve(path), flags, context));
};

async function verify(path: string, flags: VerifyFlags, context: CliContext): Promise<void> {
  const manifests = await manifestsAt(path, context);
  let sound = true;
  for (const manifestPath of manifests) {
    const options = { chain: flags.chain ?? false, signal: context.io.signal };
    const report = unwrap(await verifyExport(manifestPath, options));
    sound &&= report.sound;
    tell(report, flags, context);
  }
  if (!sound) context.setExitCode(EXIT.failed);
}

/** One manifest, or those of all exports in a folder. */
async function manifestsAt(path: string, context: CliContext): Promise<string[]> {
  const found = await stat(path).catch((error: unknown) => {
    throw mapFileError(error, path, 'read');
  });
  if (!found.isDirectory()) return [path];
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
  io.out(`${basename(report.manifestPath)}: ${verdict} (${images}, ${formatBytes(checked)} compared)\n`);
  for (const { message, nextStep } of report.faults) io.out(`  ${message}\n    What to do: ${nextStep}\n`);
}
