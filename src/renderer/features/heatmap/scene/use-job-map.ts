import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { BlockState, JobMap } from '../../../../shared/model/job-map';
import { isActive } from '../../../stores/jobs';
import { useServices } from '../../../workbench/use-services';
import type { HeatmapController } from '../heatmap-controller';

export type JobTotals = Record<BlockState, number>;

/** The job that copies a disk now, or the last one that did since the window opened. */
export function useJobOfDisk(diskUuid: string): string | undefined {
  const { jobs } = useServices();
  const running = useStore(jobs, (state) =>
    state.order.find((id) => {
      const job = state.jobs.get(id);
      return job !== undefined && isActive(job) && job.disks.some((disk) => disk.diskUuid === diskUuid);
    }),
  );
  const [last, setLast] = useState(running);
  if (running !== undefined && running !== last) setLast(running);
  return last;
}

/** Follows what a job does with the blocks of a disk. Undefined until its copy begins. */
export function useJobMap(
  controller: HeatmapController,
  jobId: string | undefined,
  diskUuid: string,
): { readonly map: JobMap; readonly totals: JobTotals } | undefined {
  const { engine } = useServices();
  const [followed, setFollowed] = useState<{ jobId: string; map: JobMap; totals: JobTotals }>();
  useEffect(() => {
    if (jobId === undefined) return undefined;
    let current = true;
    let following = false;
    let asking = false;
    const told = (map: JobMap | undefined, totals: JobTotals | null) => {
      if (!current || totals === null) return;
      setFollowed((before) => {
        const kept = map ?? before?.map;
        return kept === undefined ? before : { jobId, map: kept, totals };
      });
      controller.refresh();
    };
    const begin = async () => {
      if (asking) return;
      asking = true;
      const answer = await engine.request('jobs.map', { jobId, diskUuid });
      asking = false;
      if (!current || !answer.ok || answer.value === undefined) return;
      following = true;
      void controller.worker.ask('follow', answer.value);
      told(answer.value, await controller.worker.ask('mark', { runs: [] }));
    };
    const registration = engine.on('jobs.map', (change) => {
      if (change.jobId !== jobId || change.diskUuid !== diskUuid) return;
      if (!following || change.incomplete) void begin();
      else
        void controller.worker.ask('mark', { runs: change.runs }).then((totals) => told(undefined, totals));
    });
    void begin();
    return () => {
      current = false;
      registration.dispose();
      void controller.worker.ask('follow', null);
    };
  }, [controller, engine, jobId, diskUuid]);
  return followed?.jobId === jobId ? followed : undefined;
}
