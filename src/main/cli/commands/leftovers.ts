import { unwrap } from '../../../shared/model/result';
import { removeByHand } from '../../../shared/preflight';
import { cleanLeftovers, isOfAny, leftovers, unproved, type Leftover } from '../../engine/cbt';
import { settleLeftBehind } from '../../engine/jobs/left-behind';
import { jobsInUse } from '../../engine/jobs/jobs-in-use';
import type { PoolConnection, UnprovedObject } from '../../engine/xapi';
import { jsonLine, type AddCommand, type CliContext } from '../context';
import { EXIT } from '../exit-codes';
import { jobsFolder } from '../home';
import { onPool, withPoolFlags, type PoolFlags } from '../pool-flags';
import { table } from '../terminal/table';
import { waitingExports } from '../waiting-exports';

interface LeftoversFlags extends PoolFlags {
  clean?: boolean;
  all?: boolean;
  includeInterrupted?: boolean;
  json?: boolean;
}

const DESCRIPTION = `Lists what Deltascope made on the pool and no longer needs: snapshots of exports that did not end well, disks of
restores that did not end, their tasks, and what is still attached to a host. What a job of this computer uses, or will
when it goes on, is not listed (exports that can go on are named), nor are bases of increments, which stay. What is less than a day old and of
no job that this computer knows may be in use by Deltascope elsewhere: it is listed, but removed only with --all.
A disk that this computer restored well stays: a crash of the pool's coordinator can bring back the marks of an
unfinished one, and only they are taken off.
Nothing without Deltascope's mark is ever touched: snapshots and disks that look like its own but do not
prove it are listed apart, to be looked at and removed by hand.`;

const NOTHING = 'Nothing that is proved to be of Deltascope was left behind.\n';
const ELSEWHERE = 'may be in use elsewhere';
const RESTORED = 'restored well: it stays, --clean takes only its marks off';

export const addLeftovers: AddCommand = (program, context) => {
  withPoolFlags(program.command('leftovers'))
    .summary('list or remove what interrupted exports left on the pool')
    .description(DESCRIPTION)
    .option('--clean', 'remove them')
    .option('--all', 'with --clean: also what may be in use by Deltascope on another computer')
    .option(
      '--include-interrupted',
      'also what interrupted jobs of this machine made, which then cannot go on',
    )
    .option('--json', 'print one line of JSON per object')
    .action((flags: LeftoversFlags) =>
      onPool(flags, context, async (pool) => {
        const folder = jobsFolder(context.io);
        const options = { withoutInterrupted: flags.includeInterrupted ?? false };
        const { active, known, restored } = await jobsInUse(folder, options);
        const found = unwrap(
          await leftovers(pool, { activeJobIds: active, knownJobIds: known, restoredDisks: restored }),
        );
        const left = flags.clean ? await clean(pool, found, flags, context) : found;
        if (!flags.clean) list(found, flags, context);
        const mayHold = (jobId: string): boolean =>
          active.has(jobId) || left.some((object) => isOfAny(new Set([jobId]), object));
        for (const jobId of known) settleLeftBehind(folder, jobId, { poolUuid: pool.poolUuid, mayHold });
        if (!flags.json) context.io.out(waitingExports(folder, active, pool.poolUuid));
        tellUnproved(unproved(pool, active, restored), flags, context);
      }),
    );
};

function list(found: readonly Leftover[], { json }: LeftoversFlags, { io }: CliContext): void {
  if (json) for (const object of found) jsonLine(io, { event: 'leftover', ...object });
  else if (found.length === 0) io.out(NOTHING);
  else
    io.out(
      table(
        ['kind', 'name', 'made', 'uuid', ''],
        found.map(({ kind, name, createdAt = '', uuid, mayBeElsewhere }) => [
          kind,
          name,
          createdAt.slice(0, 16).replace('T', ' '),
          uuid,
          mayBeElsewhere ? ELSEWHERE : kind === 'restored-disk' ? RESTORED : '',
        ]),
      ),
    );
}

function tellUnproved(found: readonly UnprovedObject[], { json }: LeftoversFlags, { io }: CliContext): void {
  if (json) for (const object of found) jsonLine(io, { event: 'unproved', ...object });
  else if (found.length > 0) {
    io.out('Probably of Deltascope, but nothing proves it, so it is never removed by Deltascope:\n');
    for (const { kind, name, uuid } of found)
      io.out(`  ${kind} ${uuid}: ${name}\n    ${removeByHand(kind, uuid)}\n`);
    io.out(
      '  What to do: look at each; only if nobody else made it or uses it, remove it by hand on a host.\n',
    );
  }
}

/** @returns what is still there */
async function clean(
  pool: PoolConnection,
  found: readonly Leftover[],
  { json, all = false }: LeftoversFlags,
  { io, setExitCode }: CliContext,
): Promise<Leftover[]> {
  const removed = new Set<string>();
  const wanted = found.filter(({ mayBeElsewhere }) => all || !mayBeElsewhere);
  for (const { object, result } of await cleanLeftovers(pool, wanted, { signal: io.signal })) {
    if (json) jsonLine(io, { event: 'cleaned', ...object, ...(result.ok ? {} : result) });
    else if (result.ok)
      io.out(`${object.kind === 'restored-disk' ? 'marks taken off' : 'removed'}: ${object.name}\n`);
    else io.err(`${object.name}: ${result.failure.message}\n  What to do: ${result.failure.nextStep}\n`);
    if (result.ok) removed.add(object.uuid);
    else setExitCode(EXIT.failed);
  }
  const spared = found.filter((object) => !wanted.includes(object));
  if (json) for (const object of spared) jsonLine(io, { event: 'spared', ...object });
  else if (found.length === 0) io.out(NOTHING);
  else if (spared.length > 0) {
    for (const { name } of spared) io.out(`left alone, ${ELSEWHERE}: ${name}\n`);
    io.out(
      '  What to do: if no other computer is exporting from this pool, remove them with --clean --all.\n',
    );
  }
  return found.filter(({ uuid }) => !removed.has(uuid));
}
