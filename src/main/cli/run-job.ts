import type { ExportPlan } from '../../shared/model/export-plan';
import type { Job, JobDisk } from '../../shared/model/job';
import { ok, unwrap } from '../../shared/model/result';
import { exportRunner } from '../engine/export/run/run-export';
import { readManifest } from '../engine/export/files/manifest-file';
import { JobQueue } from '../engine/jobs/queue';
import type { PoolConnection } from '../engine/xapi';
import { jsonLine, type CliContext } from './context';
import { exportedText } from './exported-text';
import { jobsFolder } from './home';
import type { CliIo } from './io';
import { ProgressBar } from './terminal/progress-bar';
import packageJson from '../../../package.json';

interface Telling {
  readonly json: boolean;
  readonly quiet?: boolean;
  /** Bytes per second from now on; undefined: as before. */
  readonly rate?: number | 'none' | undefined;
}

/** Runs one export in this process, with its progress and its log on the terminal, until it has ended. */
export async function runJob(
  plan: ExportPlan,
  pool: PoolConnection,
  context: CliContext,
  telling: Telling,
): Promise<Job> {
  const queue = await openQueue(pool, context);
  return follow(queue, () => unwrap(queue.start(plan)).id, context, telling);
}

/** Goes on with an interrupted job, or cancels it, in the same way. */
export async function resumeJob(
  jobId: string,
  what: 'resume' | 'cancel',
  pool: PoolConnection,
  context: CliContext,
  telling: Telling,
): Promise<Job> {
  const queue = await openQueue(pool, context);
  const start = (): string => {
    unwrap(what === 'resume' ? queue.resume(jobId) : queue.cancel(jobId));
    const { rate } = telling;
    if (rate !== undefined) queue.limit(jobId, rate === 'none' ? undefined : rate);
    return jobId;
  };
  return follow(queue, start, context, telling);
}

async function openQueue(pool: PoolConnection, { io, startCopy }: CliContext): Promise<JobQueue> {
  const run = exportRunner({ connection: () => ok(pool), startCopy, toolVersion: packageJson.version });
  return (await JobQueue.open(jobsFolder(io), run)).queue;
}

async function follow(
  queue: JobQueue,
  start: () => string,
  { io }: CliContext,
  { json, quiet = false }: Telling,
): Promise<Job> {
  const bar = new ProgressBar(io, '');
  queue.on('changed', (job) => drawProgress(job, bar));
  queue.on('log', ({ level, text }) => {
    if (json) {
      jsonLine(io, { event: 'log', level, text });
      return;
    }
    if (quiet && level === 'info') return;
    bar.clear();
    if (level !== 'info') io.err(`${level === 'error' ? 'error' : 'warning'}: ${text}\n`);
  });
  const id = start();
  const cancel = (): void => void queue.cancel(id);
  if (io.signal.aborted) cancel();
  io.signal.addEventListener('abort', cancel, { once: true });
  const job = await queue.ended(id);
  io.signal.removeEventListener('abort', cancel);
  bar.clear();
  if (!quiet) for (const disk of job.disks) await tell(disk, json, io);
  if (json)
    jsonLine(io, {
      event: job.state,
      jobId: job.id,
      ...(job.failure ? { failure: job.failure } : {}),
      ...(job.leftBehind ? { leftBehind: job.leftBehind } : {}),
    });
  else if (job.state === 'interrupted') io.err(interruptedText(job));
  else if (job.failure) io.err(`deltascope: ${job.failure.message}\n  What to do: ${job.failure.nextStep}\n`);
  else if (job.state === 'cancelled') {
    const finished = job.disks.some(({ outcome }) => outcome?.manifestPath !== undefined);
    io.err(
      `deltascope: The export was cancelled. ${finished ? 'Disks that were complete by then are kept, as listed above.' : nothingLeft(job)}\n`,
    );
  }
  if (!json && job.leftBehind) {
    const { message, nextStep } = job.leftBehind.failure;
    io.err(`deltascope: ${message}\n  What to do: ${nextStep}\n`);
  }
  return job;
}

function nothingLeft({ leftBehind, disks }: Job): string {
  const places = [
    ...(leftBehind ? [] : ['on the pool']),
    ...(disks.some(({ outcome }) => outcome?.failure?.code === 'files-left') ? [] : ['on disk']),
  ];
  return places.length === 0 ? '' : `Nothing of it was left ${places.join(' or ')}.`;
}

const interruptedText = ({ id, failure }: Job): string =>
  `deltascope: The export was interrupted: ${failure?.message ?? 'it did not come to its end.'}\n` +
  `  What to do: ${failure?.nextStep ?? ''} Then "deltascope resume ${id}" goes on from where it was; with --cancel everything of it is removed.\n`;

function drawProgress(job: Job, bar: ProgressBar): void {
  const current = job.disks.filter(({ outcome, progress }) => !outcome && progress);
  const [first] = current;
  if (!first?.progress) return;
  const sum = current.reduce(
    (total, { progress }) => ({
      ...total,
      readBytes: total.readBytes + progress!.readBytes,
      totalBytes: total.totalBytes + progress!.totalBytes,
    }),
    { ...first.progress, readBytes: 0, totalBytes: 0 },
  );
  bar.draw(sum, current.length === 1 ? first.diskName : `${current.length} disks`);
}

async function tell(
  { diskName, diskUuid, outcome, progress }: JobDisk,
  json: boolean,
  io: CliIo,
): Promise<void> {
  const manifestPath = outcome?.manifestPath;
  if (manifestPath === undefined) {
    if (json) jsonLine(io, { event: 'disk-failed', diskUuid, diskName, failure: outcome?.failure });
    else if (outcome?.failure)
      io.err(`${diskName}: ${outcome.failure.message}\n  What to do: ${outcome.failure.nextStep}\n`);
    return;
  }
  const manifest = unwrap(await readManifest(manifestPath));
  if (json) {
    jsonLine(io, {
      event: 'exported',
      diskUuid,
      diskName,
      manifestPath,
      mode: manifest.mode,
      bytes: manifest.bytes,
      progress,
    });
    return;
  }
  io.out(`${exportedText(diskName, manifest, progress)}\n  ${manifestPath}\n`);
}
