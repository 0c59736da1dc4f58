import { planExport } from '../../engine/export/plan/plan-export';
import type { JobQueue } from '../../engine/jobs/queue';
import { scanLibrary } from '../../engine/library/scan';
import { verifyExport } from '../../engine/library/verify/verify';
import { unwrap } from '../../../shared/model/result';
import type { Handlers } from '../ipc';
import type { PoolService } from '../pool-service';

type ExportHandlers = Pick<
  Handlers,
  | 'export.plan'
  | 'export.start'
  | 'jobs.list'
  | 'jobs.log'
  | 'jobs.map'
  | 'jobs.cancel'
  | 'jobs.pause'
  | 'jobs.resume'
  | 'jobs.setLimit'
  | 'jobs.remove'
  | 'library.scan'
  | 'library.verify'
>;

/** Requests about exports: planning, jobs, and what was exported before. */
export function exportHandlers(pools: PoolService, queue: JobQueue): ExportHandlers {
  const done = (work: void): undefined => work as undefined;
  return {
    'export.plan': async (request) => unwrap(await planExport(pools.connection(request.poolId), request)),
    'export.start': async (plan) => unwrap(queue.start(plan)),
    'jobs.list': async () => queue.list(),
    'jobs.log': async ({ jobId }) => queue.log(jobId),
    'jobs.map': async () => undefined,
    'jobs.cancel': async ({ jobId }) => done(queue.cancel(jobId)),
    'jobs.pause': async ({ jobId }) => done(queue.pause(jobId)),
    'jobs.resume': async ({ jobId }) => done(queue.resume(jobId)),
    'jobs.setLimit': async ({ jobId, bytesPerSecond }) => done(queue.limit(jobId, bytesPerSecond)),
    'jobs.remove': async ({ jobId }) => done(await queue.remove(jobId)),
    'library.scan': async ({ folder }) => [...unwrap(await scanLibrary(folder)).disks],
    'library.verify': async ({ manifestPath, chain }) => unwrap(await verifyExport(manifestPath, { chain })),
  };
}
