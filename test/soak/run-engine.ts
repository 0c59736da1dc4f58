import { planExport } from '../../src/main/engine/export/plan/plan-export';
import type { ExportRequest } from '../../src/shared/model/export-plan';
import { hasEnded, isOver } from '../../src/main/engine/jobs/job-state';
import type { Job } from '../../src/shared/model/job';
import type { Result } from '../../src/shared/model/result';
import type { Arena } from './arena';
import type { Running } from './faults';
import type { Wish } from './plan';

/** What was asked for and what became of it. */
export interface Tried {
  readonly wish: Wish;
  /** Undefined: it was refused before it began. */
  readonly jobId: string | undefined;
  readonly refusal?: string;
}

export const requestOf = (arena: Arena, wish: Wish): ExportRequest => ({
  poolId: arena.connection.poolUuid,
  diskUuids: wish.disks.map((name) => arena.diskUuid(name)),
  targetFolder: arena.target.path,
  format: wish.format,
  mode: wish.mode,
  base: 'auto',
  after: wish.after,
  skipUnchanged: wish.skipUnchanged,
  ...(wish.connections === undefined ? {} : { connections: wish.connections }),
  ...(wish.limit === undefined ? {} : { limitBytesPerSecond: wish.limit }),
});

/** Plans an export; a mode that is not possible now gives way to `auto`, as an admin would. */
async function startOne(arena: Arena, wish: Wish): Promise<Tried> {
  const modes = new Set([wish.mode, 'auto' as const]);
  let refusal = '';
  for (const mode of modes) {
    const plan = await planExport(arena.connection, requestOf(arena, { ...wish, mode }));
    if (!plan.ok) refusal = plan.failure.code;
    else if (plan.value.canStart) {
      const started: Result<Job> = arena.queue.start(plan.value);
      if (started.ok) return { wish, jobId: started.value.id };
      refusal = started.failure.code;
    } else {
      refusal = plan.value.findings
        .filter(({ severity }) => severity === 'block')
        .map(({ code }) => code)
        .join(', ');
    }
  }
  return { wish, jobId: undefined, refusal };
}

/** Runs exports at once in the long-lived engine, with a fault beside them. */
export async function runInEngine(
  arena: Arena,
  wishes: readonly Wish[],
  beside: (running: Running) => Promise<void>,
): Promise<Tried[]> {
  await arena.connection.refresh({ timeout: 20_000 });
  const tried: Tried[] = [];
  for (const wish of wishes) tried.push(await startOne(arena, wish));
  await besides(
    arena,
    tried.flatMap(({ jobId }) => jobId ?? []),
    beside,
  );
  return tried;
}

/** Goes on with an interrupted job in the long-lived engine. */
export async function resumeInEngine(
  arena: Arena,
  jobId: string,
  what: 'resume' | 'cancel',
): Promise<string | undefined> {
  const begun = what === 'resume' ? arena.queue.resume(jobId) : arena.queue.cancel(jobId);
  if (!begun.ok) return begun.failure.code;
  arena.queue.limit(jobId, undefined);
  await arena.queue.ended(jobId);
  return undefined;
}

async function besides(
  arena: Arena,
  jobIds: readonly string[],
  beside: (running: Running) => Promise<void>,
): Promise<void> {
  const { queue } = arena;
  const ended = Promise.all(jobIds.map((id) => queue.ended(id)));
  const over = ended.then(() => false);
  const each = (work: (id: string) => unknown) => (): void => jobIds.forEach((id) => work(id));
  const running: Running = {
    reached: (share) => Promise.race([over, whenReached(arena, jobIds, share)]),
    after: (milliseconds) =>
      Promise.race([over, new Promise<true>((resolve) => setTimeout(() => resolve(true), milliseconds))]),
    cancel: each((id) => queue.cancel(id)),
    pause: each((id) => queue.pause(id)),
    resume: each((id) => queue.resume(id)),
    kill: () => arena.killWorkers(),
  };
  const fault = beside(running).then(() => each((id) => queue.limit(id, undefined))());
  await Promise.all([ended, fault]);
}

function whenReached({ queue }: Arena, jobIds: readonly string[], share: number): Promise<true> {
  return new Promise((resolve) => {
    const look = (job: Job): void => {
      if (!jobIds.includes(job.id)) return;
      const begun = job.disks.some(
        ({ progress, phases }) =>
          progress !== undefined &&
          phases.some(({ name, state }) => name === 'copy' && state !== 'waiting') &&
          progress.readBytes >= share * progress.totalBytes,
      );
      if (!begun && !isOver(job.state) && !hasEnded(job.state)) return;
      queue.off('changed', look);
      resolve(true);
    };
    queue.on('changed', look);
  });
}
