import { unwrap } from '../../../shared/model/result';
import { cleanLeftovers, leftovers } from '../../engine/cbt';
import { loadJournals } from '../../engine/jobs/journal';
import { jobFromJournal } from '../../engine/jobs/job-state';
import { jsonLine, type AddCommand } from '../context';
import { EXIT } from '../exit-codes';
import { jobsFolder } from '../home';
import { onPool, withPoolFlags, type PoolFlags } from '../pool-flags';
import { table } from '../terminal/table';

interface LeftoversFlags extends PoolFlags {
  clean?: boolean;
  includeInterrupted?: boolean;
  json?: boolean;
}

const DESCRIPTION = `Lists what Deltascope made on the pool and no longer needs: snapshots of exports that did not end well, disks of
restores that did not end, and what is still attached to a host. Bases of increments are meant to stay and are not listed. Nothing without
Deltascope's mark is ever listed or touched.`;

export const addLeftovers: AddCommand = (program, context) => {
  withPoolFlags(program.command('leftovers'))
    .summary('list or remove what interrupted exports left on the pool')
    .description(DESCRIPTION)
    .option('--clean', 'remove them')
    .option(
      '--include-interrupted',
      'also what interrupted jobs of this machine made, which then cannot go on',
    )
    .option('--json', 'print one line of JSON per object')
    .action((flags: LeftoversFlags) =>
      onPool(flags, context, async (pool) => {
        const { io } = context;
        const activeJobIds = flags.includeInterrupted ? new Set<string>() : await activeJobs(jobsFolder(io));
        const found = unwrap(await leftovers(pool, { activeJobIds }));
        if (found.length === 0 && !flags.json) {
          io.out('Nothing was left behind.\n');
          return;
        }
        if (flags.clean) {
          for (const { object, result } of await cleanLeftovers(pool, found, { signal: io.signal })) {
            if (flags.json) jsonLine(io, { event: 'cleaned', ...object, ...(result.ok ? {} : result) });
            else if (result.ok) io.out(`removed: ${object.name}\n`);
            else
              io.err(`${object.name}: ${result.failure.message}\n  What to do: ${result.failure.nextStep}\n`);
            if (!result.ok) context.setExitCode(EXIT.failed);
          }
          return;
        }
        if (flags.json) for (const object of found) jsonLine(io, { event: 'leftover', ...object });
        else
          io.out(
            table(
              ['kind', 'name', 'uuid'],
              found.map(({ kind, name, uuid }) => [kind, name, uuid]),
            ),
          );
      }),
    );
};

/** Jobs of this machine that can go on: what they made is still needed. */
async function activeJobs(folder: string): Promise<Set<string>> {
  const { journals } = await loadJournals(folder);
  const jobs = journals.flatMap(({ entries }) => jobFromJournal(entries) ?? []);
  return new Set(jobs.filter(({ state }) => state === 'interrupted').map(({ id }) => id));
}
