import type { Job } from '../../../shared/model/job';
import { formatAgo, formatBytes, formatRate, formatShare } from '../../platform/format';
import { jobRef } from '../../platform/object-ref';
import { isActive } from '../../stores/jobs';
import { currentPhase, doneShare, sumProgress } from '../../stores/job-progress';
import { Icon } from '../../ui/icon';
import { ProgressBar } from '../../ui/progress-bar';
import { EmptyState } from '../../ui/states';
import { CommandIcon } from '../../workbench/command-button';
import { objectContext } from '../../workbench/object-context';
import { useServices } from '../../workbench/use-services';
import { JobProgressTone, useRate } from './job-summary';
import { JOB_STATES, LEFT_BEHIND, PHASES } from './job-states';
import { useJobList } from './use-job-list';

/** The panel's table of jobs: live progress and the controls. */
export function JobsPanel() {
  const jobs = useJobList();
  if (jobs.length === 0) {
    return (
      <EmptyState
        icon="tasklist"
        title="No jobs yet"
        text="An export that you start shows its progress here."
      />
    );
  }
  return (
    <table className="ds-table ds-jobs-table" aria-label="Jobs">
      <thead>
        <tr>
          <th scope="col">Job</th>
          <th scope="col">State</th>
          <th scope="col">Progress</th>
          <th scope="col" className="ds-number">
            Read
          </th>
          <th scope="col" className="ds-number">
            Rate
          </th>
          <th scope="col">When</th>
          <th scope="col">
            <span className="ds-visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <JobRow key={job.id} job={job} />
        ))}
      </tbody>
    </table>
  );
}

const ACTIONS = ['job.pause', 'job.resume', 'job.setLimit', 'job.cancel', 'job.remove'];

function JobRow({ job }: { job: Job }) {
  const services = useServices();
  const rate = useRate(job);
  const ref = jobRef(job.id);
  const overlay = objectContext(services, ref);
  const { icon, text, tone } = JOB_STATES[job.state];
  const { readBytes, totalBytes } = sumProgress(job);
  const share = doneShare(job);
  const running = isActive(job)
    ? job.disks.find((disk) => disk.phases.some(({ state }) => state === 'running'))
    : undefined;
  const phase = running && currentPhase(running);
  return (
    <tr>
      <th scope="row" className="ds-truncate">
        <button type="button" className="ds-link" onClick={() => void services.commands.run('job.open', ref)}>
          {job.title}
        </button>
      </th>
      <td>
        <span className={`ds-job-state ds-tone-${tone}`}>
          <Icon name={icon} spin={job.state === 'running'} />
          {text}
          {phase !== undefined && <span className="ds-muted">· {PHASES[phase.name]}</span>}
        </span>
        {job.leftBehind !== undefined && (
          <span className={`ds-job-state ${LEFT_BEHIND.className}`} title={job.leftBehind.failure.message}>
            <Icon name={LEFT_BEHIND.icon} />
            {LEFT_BEHIND.text}
          </span>
        )}
      </td>
      <td className="ds-job-progress">
        <ProgressBar share={share} label={`Progress of ${job.title}`} tone={JobProgressTone(job)} />
        <span className="ds-number">{share === undefined ? '' : `${Math.floor(share * 100)} %`}</span>
      </td>
      <td className="ds-number" title={formatShare(readBytes, totalBytes)}>
        {totalBytes === 0 ? '' : `${formatBytes(readBytes)} of ${formatBytes(totalBytes)}`}
      </td>
      <td className="ds-number">{rate === undefined ? '' : formatRate(rate)}</td>
      <td>{formatAgo(job.endedAt ?? job.startedAt ?? job.createdAt)}</td>
      <td className="ds-row-actions">
        {ACTIONS.map((command) => (
          <CommandIcon key={command} command={command} args={[ref]} overlay={overlay} hideDisabled />
        ))}
      </td>
    </tr>
  );
}
