import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { jobFromJournal } from '../../src/main/engine/jobs/job-state';
import { readJournal } from '../../src/main/engine/jobs/journal';
import type { Job } from '../../src/shared/model/job';
import type { Arena } from './arena';
import type { Fault } from './faults';
import type { Random } from './random';
import { resumeInEngine, type Tried } from './run-engine';
import { resumeAsProcess } from './run-process';
import type { Truths } from './truth';

const MOST_RESUMES = 4;

/** How one export ended. */
export interface Settled extends Tried {
  /** As its journal tells; undefined: it was refused, had not begun, or its journal is beyond use. */
  readonly job: Job | undefined;
  readonly resumes: number;
  readonly violations: readonly string[];
}

export const jobOf = ({ jobsFolder }: Arena, jobId: string): Job | undefined => {
  const journal = readJournal(jobsFolder, jobId);
  return journal && jobFromJournal(journal.entries);
};

export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** Whatever went wrong is over: the pool answers, its machines run, the target is there. */
export async function heal({ demo, control, target }: Arena): Promise<void> {
  demo.thaw();
  await control.act(z.unknown(), 'clear-faults');
  target.heal();
  const schema = z.object({
    power_state: z.string(),
    is_a_snapshot: z.boolean(),
    is_a_template: z.boolean(),
    name_label: z.string(),
  });
  const vms = await control.call(z.record(z.string(), schema), 'VM.get_all_records');
  for (const [ref, { power_state, is_a_snapshot, is_a_template, name_label }] of Object.entries(vms))
    if (power_state === 'Halted' && !is_a_snapshot && !is_a_template && name_label !== 'gateway-01')
      await control.call(z.unknown(), 'VM.start', ref, false, false);
}

/** Goes on with an interrupted job until it has ended, after what the fault does to it in between. */
export async function settle(
  arena: Arena,
  tried: Tried,
  fault: Fault,
  random: Random,
  truths: Truths,
): Promise<Settled> {
  const { jobId } = tried;
  if (jobId === undefined) return { ...tried, job: undefined, resumes: 0, violations: [] };
  const violations: string[] = [];
  let resumes = 0;
  let job = jobOf(arena, jobId);
  while (job?.state === 'interrupted') {
    if (++resumes > MOST_RESUMES + (fault.killsAgain ?? 0)) {
      violations.push(`job ${jobId} does not come to its end: ${job.failure?.code ?? 'no failure'}`);
      break;
    }
    await truths.keep(jobId);
    if (resumes === 1)
      await fault.between?.(
        { jobsFolder: arena.jobsFolder, jobId, files: filesBelow(arena.target.path) },
        random,
      );
    if (random.chance(0.5)) await writeMeanwhile(arena, tried, random);
    const what = fault.then ?? 'resume';
    const dies = resumes <= (fault.killsAgain ?? 0);
    if (dies || random.chance(0.5)) {
      const end = await resumeAsProcess(arena, jobId, what, async (running) => {
        if (dies && (await running.after(random.whole(200, 2500)))) running.kill();
      });
      const state = jobOf(arena, jobId)?.state;
      const good = state === (what === 'cancel' ? 'cancelled' : 'done');
      if (end.signal === null && (end.code === 0) !== good && !(what === 'cancel' && state === 'done'))
        violations.push(
          `resume ended with code ${end.code} and the job is ${state}: ${end.stderr.slice(-300)}`,
        );
    } else await resumeInEngine(arena, jobId, what);
    job = jobOf(arena, jobId);
  }
  return { ...tried, job, resumes, violations };
}

/** The guest goes on while the job waits: what it writes now must not be in the export. */
async function writeMeanwhile(arena: Arena, { wish }: Tried, random: Random): Promise<void> {
  for (const disk of wish.disks) {
    const seed = String(random.whole(1, 1_000_000));
    await arena.control.act(z.unknown(), 'workload', {
      vdi: arena.diskUuid(disk),
      name: random.pick(['random-writes', 'zeroing', 'idle']),
      seed,
    });
  }
}
