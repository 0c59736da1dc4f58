import { planExport } from '../../engine/export/plan/plan-export';
import type { JobQueue } from '../../engine/jobs/queue';
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
>;

/** Requests about exports: planning and jobs. */
export function exportHandlers(pools: PoolService, queue: JobQueue): ExportHandlers {
  return {
    'export.plan': async (request) => unwrap(await planExport(pools.connection(request.poolId), request)),
    'export.start': (plan) => unwrap(queue.start(plan)),
    'jobs.list': () => queue.list(),
    'jobs.log': async ({ jobId }) => queue.log(jobId),
    'jobs.map': ({ jobId, diskUuid }) => queue.map(jobId, diskUuid),
    'jobs.cancel': ({ jobId }) => {
      unwrap(queue.cancel(jobId));
      return undefined;
    },
    'jobs.pause': ({ jobId }) => {
      queue.pause(jobId);
      return undefined;
    },
    'jobs.resume': ({ jobId }) => {
      unwrap(queue.resume(jobId));
      return undefined;
    },
    'jobs.setLimit': ({ jobId, bytesPerSecond }) => {
      queue.limit(jobId, bytesPerSecond);
      return undefined;
    },
    'jobs.remove': async ({ jobId }) => {
      unwrap(await queue.remove(jobId));
      return undefined;
    },
  };
}
