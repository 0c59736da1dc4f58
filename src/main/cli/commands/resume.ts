import { resolve } from 'node:path';
import type { Command } from 'commander';
import { fail } from '../../../shared/model/failure';
import { jobFromJournal } from '../../engine/jobs/job-state';
import { loadJournals, type LoadedJournal } from '../../engine/jobs/journal';
import { earlierRun } from '../../engine/export/run/earlier-run';
import { jsonLine, type AddCommand } from '../context';
import { EXIT, exitCodeOfJob, type ExitCode } from '../exit-codes';
import { jobsFolder } from '../home';
import { onPool, withLoginFlags, type PoolFlags } from '../pool-flags';
import { resumeJob } from '../run-job';
import { parseRate } from '../terminal/units';

interface ResumeFlags extends Omit<PoolFlags, 'pool'> {
  pool?: string;
  cancel?: boolean;
  limit?: string;
  json?: boolean;
}

const DESCRIPTION = `Goes on with exports that were interrupted (a crash, a lost network, a full target, …), named by the folder
they went to or by the job's id or its start. Pool and user are known from the job. Every block that was written
before is read back and compared with its checksum; only what is missing or does not match is read from the pool.`;

export const addResume: AddCommand = (program, context) => {
  withLoginFlags(program.command('resume'))
    .summary('go on with interrupted exports, or cancel them')
    .description(DESCRIPTION)
    .argument('<folder|job>', 'target folder of the export, or the id of the job')
    .option('--pool <url>', 'https://host[:port] of the pool’s master, if its address has changed')
    .option('--cancel', 'do not go on: remove what the export made on the pool and on disk')
    .option('--limit <rate>', 'most bytes per second from now on, or none; without it, as before')
    .option('--json', 'print machine-readable lines')
    .action(async (word: string, flags: ResumeFlags, command: Command) => {
      const { io } = context;
      const { limit } = flags;
      const rate = limit === undefined ? undefined : limit === 'none' ? 'none' : parseRate(limit);
      const { journals, setAside } = await loadJournals(jobsFolder(io));
      for (const path of setAside) {
        if (flags.json) jsonLine(io, { event: 'journal-damaged', path });
        else io.err(`warning: A job’s journal is damaged and was set aside: ${path}\n`);
      }
      const what = flags.cancel ? 'cancel' : 'resume';
      const json = flags.json ?? false;
      const codes: ExitCode[] = [];
      const jobs = chosen(journals, word);
      for (const { pool, jobIds } of byPool(jobs, flags, command)) {
        await onPool(pool, context, async (connection) => {
          for (const jobId of jobIds) {
            if (io.signal.aborted) break;
            const job = await resumeJob(jobId, what, connection, context, { json, rate });
            codes.push(exitCodeOfJob(job, flags.cancel ? 'cancelled' : 'done'));
          }
        });
      }
      // The first that did not end as it was meant to.
      context.setExitCode(codes.find((code) => code !== EXIT.done) ?? EXIT.done);
      if (!io.signal.aborted || codes.length === jobs.length) return;
      fail({
        code: 'cancelled',
        message: `It was stopped before ${codes.length === 0 ? 'anything' : 'everything'} was done; the exports that are left stay interrupted.`,
        nextStep: 'Run the command again to go on.',
      });
    });
};

/** The interrupted jobs that are meant. @throws FailureError `job-not-found` */
function chosen(journals: readonly LoadedJournal[], word: string): LoadedJournal[] {
  const interrupted = journals.filter(({ entries }) => jobFromJournal(entries)?.state === 'interrupted');
  const byId = interrupted.filter(({ jobId }) => word.length >= 4 && jobId.startsWith(word));
  if (byId.length === 1) return byId;
  const folder = resolve(word);
  const byFolder = interrupted.filter(({ entries: [first] }) => {
    if (first?.type !== 'job') return false;
    const { request, disks } = first.plan;
    return [request.targetFolder, ...disks.map(({ targetFolder }) => targetFolder)].some(
      (target) => resolve(target) === folder,
    );
  });
  if (byFolder.length > 0) return byFolder;
  const known = interrupted.map(({ jobId }) => jobId);
  return fail({
    code: 'job-not-found',
    message: `No interrupted export has "${word}" as its folder or id.`,
    nextStep:
      known.length === 0
        ? 'There are no interrupted exports on this machine: start a new one.'
        : `These were interrupted: ${known.join(', ')}.`,
  });
}

/** Jobs of one pool share a session, and one question for the password. */
function byPool(
  journals: readonly LoadedJournal[],
  flags: ResumeFlags,
  command: Command,
): { pool: PoolFlags; jobIds: string[] }[] {
  const groups = new Map<string, { pool: PoolFlags; jobIds: string[] }>();
  for (const journal of journals) {
    const pool = poolOf(journal, flags, command);
    const key = `${pool.user}@${pool.pool}`;
    const group = groups.get(key) ?? { pool, jobIds: [] };
    group.jobIds.push(journal.jobId);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** What the command line says, else what the job knows. */
function poolOf({ entries }: LoadedJournal, flags: ResumeFlags, command: Command): PoolFlags {
  const { pool } = earlierRun(entries);
  const user = command.getOptionValueSource('user') === 'default' ? (pool?.user ?? flags.user) : flags.user;
  const url =
    flags.pool ??
    pool?.url ??
    fail({
      code: 'usage',
      message: 'The job was interrupted before it knew its pool.',
      nextStep: 'Name the pool with --pool.',
    });
  return { ...flags, user, pool: url };
}
