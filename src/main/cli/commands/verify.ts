import { basename, dirname, relative, resolve } from 'node:path';
import { fail, FailureError, type Failure } from '../../../shared/model/failure';
import type { LibraryScan, VerifyFault, VerifyReport } from '../../../shared/model/library';
import { unwrap } from '../../../shared/model/result';
import { scanLibrary } from '../../engine/library/scan';
import { isSourceGone, verifyAgainstSource } from '../../engine/library/verify/against-source';
import { verifyExport } from '../../engine/library/verify/verify';
import type { PoolConnection } from '../../engine/xapi';
import { jsonLine, type AddCommand, type CliContext } from '../context';
import { demandExisting } from '../input-file';
import { EXIT } from '../exit-codes';
import { onPool, withLoginFlags, type PoolFlags } from '../pool-flags';
import { formatBytes } from '../terminal/units';

interface VerifyFlags extends Omit<PoolFlags, 'pool'> {
  chain?: boolean;
  againstSource?: boolean;
  samples?: boolean;
  pool?: string;
  json?: boolean;
}

const DESCRIPTION = `Proves exports without a pool: file sizes, image structure, every stored block against its checksum, and the
checksum file against the manifest; with --chain also every image that the export builds on, and that the
links between them are right. Given a folder, all exports in it and up to three levels below are verified. With --against-source and --pool the
whole disk is also read over NBD from the snapshot, as long as it has its data, and compared byte for byte; with
--samples up to 258 MiB of it: its beginning, its end, and ranges at random in between. Where the snapshot is gone or has
been purged, that is said and the export is proved without it; the exit code tells of it if no export could be compared.
A snapshot that cannot be read to its end, as when the network fails, is no fault of the export: that is said, and exits 1.
Nothing is changed.`;

export const addVerify: AddCommand = (program, context) => {
  withLoginFlags(program.command('verify'))
    .summary('prove that an export is complete and unchanged')
    .description(DESCRIPTION)
    .argument('<manifest|folder>', 'the .json file of an export, or a folder with exports')
    .option('--chain', 'follow the parents down to the full export')
    .option('--against-source', 'also compare with the snapshot on the pool')
    .option('--samples', 'the same with samples of the disk only')
    .option('--pool <url>', 'https://host[:port] of the pool’s master, for --against-source')
    .option('--json', 'print machine-readable lines')
    .action((path: string, flags: VerifyFlags) => verify(resolve(path), flags, context));
};

async function verify(path: string, flags: VerifyFlags, context: CliContext): Promise<void> {
  const pool = poolToCompareWith(flags);
  const found = await manifestsAt(path, context);
  if (pool) {
    await onPool(pool, context, (connection) => verifyWithSources(found, connection, flags, context));
    return;
  }
  const { signal } = context.io;
  for (const manifestPath of found.manifests) {
    const report = unwrap(await verifyExport(manifestPath, { chain: flags.chain ?? false, signal }));
    if (!report.sound) context.setExitCode(EXIT.failed);
    tell(report, found.folder, flags, context);
  }
}

/** Undefined: nothing is to be compared with a pool. @throws FailureError `usage` */
function poolToCompareWith({ againstSource, samples, pool, ...login }: VerifyFlags): PoolFlags | undefined {
  if (!againstSource && !samples) return undefined;
  if (pool !== undefined) return { ...login, pool };
  return fail({
    code: 'usage',
    message: '--against-source needs a pool to compare with.',
    nextStep: 'Give its address with --pool.',
  });
}

/** One session for all. A source that cannot be read keeps no export from being proved by itself. */
async function verifyWithSources(
  { folder, manifests }: Found,
  pool: PoolConnection,
  flags: VerifyFlags,
  context: CliContext,
): Promise<void> {
  const { signal } = context.io;
  let compared = 0;
  for (const manifestPath of manifests) {
    const blocks = flags.samples ? 'samples' : 'all';
    const withSource = await verifyAgainstSource(pool, manifestPath, blocks, { signal });
    if (!withSource.ok && signal.aborted) throw new FailureError(withSource.failure);
    if (!withSource.ok && !isSourceGone(withSource.failure.code)) context.setExitCode(EXIT.failed);
    const report = withSource.ok
      ? withSource.value
      : unwrap(await verifyExport(manifestPath, { chain: true, signal }));
    if (!report.sound || report.notCompared) context.setExitCode(EXIT.failed);
    if (report.comparedWithSource) compared++;
    tell(report, folder, flags, context, withSource.ok ? report.notCompared : withSource.failure);
  }
  if (compared === 0) context.setExitCode(EXIT.failed);
}

interface Found {
  /** Files are named from here. */
  readonly folder: string;
  readonly manifests: readonly string[];
}

/** One manifest, or those of all exports in a folder. */
async function manifestsAt(path: string, context: CliContext): Promise<Found> {
  if ((await demandExisting(path, 'manifest or folder')) === 'file')
    return { folder: dirname(path), manifests: [path] };
  const scan = unwrap(await scanLibrary(path));
  tellProblems(scan, context);
  const manifests = scan.disks.flatMap(({ entries }) => entries.map((entry) => entry.manifestPath));
  if (manifests.length > 0 || scan.problems.length > 0) return { folder: path, manifests };
  return fail({
    code: 'no-exports-found',
    message: `There are no exports in ${path}.`,
    nextStep: 'Give the folder that an export was written to, or the .json file of one export.',
  });
}

/** Manifests that cannot be read make the verification fail, but do not keep the others from being verified. */
export function tellProblems({ problems, tooDeep }: LibraryScan, { io, setExitCode }: CliContext): void {
  if (tooDeep !== undefined)
    io.err(`Folders more than three levels below, such as ${tooDeep}, were not looked into.\n`);
  for (const { failure } of problems) io.err(`${failure.message}\n  What to do: ${failure.nextStep}\n`);
  if (problems.length > 0) setExitCode(EXIT.failed);
}

/** @param notCompared why the source could not be read. */
function tell(
  report: VerifyReport,
  folder: string,
  flags: VerifyFlags,
  { io }: CliContext,
  notCompared?: Failure,
): void {
  if (flags.json) {
    jsonLine(io, { event: 'verified', ...report, ...(notCompared ? { notCompared } : {}) });
    return;
  }
  const checked = report.images.reduce((sum, image) => sum + image.checkedBytes, 0);
  const images = report.images.length === 1 ? '1 image' : `${report.images.length} images`;
  const verdict = report.sound ? 'sound' : 'NOT sound';
  const part = flags.samples ? 'samples of the disk' : 'the whole disk';
  const source = report.comparedWithSource ? `, and ${part} with its source` : '';
  io.out(
    `${relative(folder, report.manifestPath)}: ${verdict} (${images}, ${formatBytes(checked)} compared${source})\n`,
  );
  if (notCompared && isSourceGone(notCompared.code))
    io.out(`  not compared, its source is gone: ${notCompared.message}\n`);
  else if (notCompared)
    io.out(`  not compared: ${notCompared.message}\n    What to do: ${notCompared.nextStep}\n`);
  for (const [at, fault] of report.faults.entries()) {
    io.out(`  ${faultText(fault, folder)}\n`);
    // What mends many faults in a row is said once, below them.
    if (report.faults.at(at + 1)?.nextStep !== fault.nextStep) io.out(`    What to do: ${fault.nextStep}\n`);
  }
}

/** Each fault names its file, for a chain has many, and the place in it. */
function faultText({ file, offset, on, message }: VerifyFault, folder: string): string {
  const place = on === 'file' && !message.includes(String(offset)) ? ` at byte ${offset}` : '';
  // One that names a path names the file that it means, which may be another one of the chain.
  if (place === '' && [basename(file), dirname(file)].some((name) => message.includes(name))) return message;
  return `${relative(folder, file)}${place}: ${message}`;
}
