import { useStore } from 'zustand';
import { jobRef } from '../../platform/object-ref';
import { isActive } from '../../stores/jobs';
import type { Services } from '../../workbench/services';
import { useJob } from '../../workbench/use-objects';
import { useServices } from '../../workbench/use-services';
import { registerJobCommands } from './job-commands';
import { JobEditor } from './job-editor';
import { JOB_STATES } from './job-states';
import { JobsPanel } from './jobs-panel';
import { JobsStatus } from './jobs-status';
import { JobsView } from './jobs-view';
import './jobs.css';

const useActiveCount = (): number =>
  useStore(useServices().jobs, ({ jobs }) => [...jobs.values()].filter(isActive).length);

export function registerJobs(services: Services): void {
  const { registries } = services;
  registerJobCommands(services);
  registries.editors.register({
    id: 'job',
    component: JobEditor,
    useTab: ({ id = '' }) => {
      const job = useJob(id);
      return {
        title: job?.title ?? 'Job',
        icon: job === undefined ? 'tasklist' : JOB_STATES[job.state].icon,
        unknown: job === undefined,
      };
    },
    object: ({ id = '' }) => jobRef(id),
  });
  registries.views.register({
    id: 'jobs',
    title: 'Jobs',
    icon: 'tasklist',
    order: 3,
    component: JobsView,
    useBadge: useActiveCount,
  });
  registries.panelViews.register({
    id: 'jobs',
    title: 'Jobs',
    order: 1,
    component: JobsPanel,
    useBadge: useActiveCount,
  });
  registries.statusEntries.register({ id: 'jobs', side: 'left', order: 2, component: JobsStatus });
}
