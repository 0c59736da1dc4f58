import type { Job } from '../../../shared/model/job';
import type { JobFiles } from './job-files';

/** How far the disks of a job that has not ended had got at their last checkpoints, where its journal does not say so. */
export function showKeptProgress(job: Job, files: JobFiles): void {
  for (const disk of job.disks) {
    const progress = disk.progress ?? files.progressOf(disk.diskUuid);
    // What it had open it has no more.
    if (progress) disk.progress = { ...progress, connections: 0 };
  }
}
