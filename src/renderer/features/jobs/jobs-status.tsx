import { useStore } from 'zustand';
import { formatRate, plural } from '../../platform/format';
import { isActive, presentRate } from '../../stores/jobs';
import { StatusEntry } from '../../workbench/parts/status-bar';
import { useServices } from '../../workbench/use-services';

/** Running jobs and their rate in all. */
export function JobsStatus() {
  const { jobs } = useServices();
  const text = useStore(jobs, ({ jobs: all, samples }) => {
    const active = [...all.values()].filter(isActive);
    if (active.length === 0) return '';
    const rate = active.reduce(
      (sum, { id, state }) => sum + (state === 'running' ? (presentRate(samples.get(id)) ?? 0) : 0),
      0,
    );
    return `${plural(active.length, 'job')}${rate > 0 ? `, ${formatRate(rate)}` : ''}`;
  });
  if (text === '') return null;
  return <StatusEntry icon="sync" spin text={text} label={`${text}. Show the jobs.`} command="panel.jobs" />;
}
