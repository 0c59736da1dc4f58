import { useStore } from 'zustand';
import type { Job } from '../../../shared/model/job';
import { formatBytes, formatDuration, formatRate, plural } from '../../platform/format';
import { isActive, presentRate } from '../../stores/jobs';
import {
  bottleneck,
  doneShare,
  hasCounters,
  measuredRate,
  secondsLeft,
  sumProgress,
} from '../../stores/job-progress';
import { ProgressBar, type ProgressBarProps } from '../../ui/progress-bar';
import { useServices } from '../../workbench/use-services';

/** Bytes per second read now; undefined while the job does not run. */
export function useRate(job: Job): number | undefined {
  const { jobs } = useServices();
  return useStore(jobs, ({ samples }) =>
    job.state === 'running' ? presentRate(samples.get(job.id)) : undefined,
  );
}

/** Bytes per second that the job may read at most, by its own limit or that over all jobs; undefined while it runs freely. */
function useLimit({ state, request: { limitBytesPerSecond: own = 0 } }: Job): number | undefined {
  const all = useStore(useServices().settings, ({ settings }) => settings.limitBytesPerSecond);
  const limits = [own, all].filter((limit) => limit > 0);
  return state === 'running' && limits.length > 0 ? Math.min(...limits) : undefined;
}

export function JobProgressTone({ state }: Job): NonNullable<ProgressBarProps['tone']> {
  if (state === 'failed') return 'error';
  if (state === 'done') return 'success';
  return state === 'running' || state === 'queued' ? 'normal' : 'idle';
}

/** The bar, the counters and what holds the job back. */
export function JobSummary({ job }: { job: Job }) {
  const rate = useRate(job);
  const progress = sumProgress(job);
  const { totalBytes, readBytes, writtenBytes, zeroBytes, equalBytes, retries, connections } = progress;
  const share = doneShare(job);
  const limit = useLimit(job);
  const average = measuredRate([job]);
  const left = secondsLeft(progress, rate, limit);
  const known = isActive(job) || hasCounters(job);
  const bytes = (count: number, title: string) =>
    known ? { value: formatBytes(count), title } : { value: '–', title: '' };
  const numbers = [
    { name: 'Read', ...bytes(readBytes, totalBytes === 0 ? '' : `of ${formatBytes(totalBytes)}`) },
    { name: 'Written', ...bytes(writtenBytes, 'to the target') },
    { name: 'Zero', ...bytes(zeroBytes, 'read and stored as holes') },
    { name: 'Equal', ...bytes(equalBytes, 'same as the base') },
    {
      name: 'Rate',
      value: (rate ?? average) === undefined ? '–' : formatRate(rate ?? average ?? 0),
      title: [
        left !== undefined ? `${formatDuration(left)} left` : average !== undefined ? 'on average' : '',
        limit === undefined ? '' : `limit ${formatRate(limit)}`,
      ]
        .filter(Boolean)
        .join(', '),
    },
    {
      name: 'Retries',
      value: known ? String(retries) : '–',
      title: connections === 0 ? '' : plural(connections, 'connection'),
    },
  ];
  return (
    <div className="ds-job-summary">
      <ProgressBar
        share={share ?? (isActive(job) ? undefined : 0)}
        label="Progress"
        tone={JobProgressTone(job)}
      />
      <dl>
        {numbers.map(({ name, value, title }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="ds-number">{value}</dd>
            <dd className="ds-muted">{title}</dd>
          </div>
        ))}
      </dl>
      {job.state === 'running' && readBytes > 0 && (
        <p>
          <span className="ds-muted">Bottleneck: </span>
          {bottleneck(progress, rate === undefined || limit === undefined ? undefined : { rate, limit })}
        </p>
      )}
    </div>
  );
}
