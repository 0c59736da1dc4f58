import { useStore } from 'zustand';
import type { Failure } from '../../../shared/model/failure';
import type { Job } from '../../../shared/model/job';
import { formatDateTime, formatDuration, formatTime } from '../../platform/format';
import { jobRef } from '../../platform/object-ref';
import { Badge } from '../../ui/badge';
import { Note } from '../../ui/note';
import { Section } from '../../ui/section';
import { EmptyState, FailureNote, LoadingState } from '../../ui/states';
import { CommandButton, CommandIcon } from '../../workbench/command-button';
import { ObjectHeader } from '../../workbench/object-header';
import type { EditorParams } from '../../workbench/registries';
import { useJob } from '../../workbench/use-objects';
import { useTarget } from '../../workbench/use-target';
import { useServices } from '../../workbench/use-services';
import { JobDiskView } from './job-disks';
import { JobLogView } from './job-log-view';
import { JobSummary } from './job-summary';
import { JOB_STATES } from './job-states';
import { RateChart } from './rate-chart';

export function JobEditor({ params: { id = '' } }: { params: EditorParams }) {
  const job = useJob(id);
  const loaded = useStore(useServices().jobs, (state) => state.loaded);
  if (job !== undefined) return <JobPage job={job} />;
  if (!loaded) return <LoadingState text="Reading the jobs…" />;
  return <EmptyState page icon="tasklist" title="This job is no longer kept." />;
}

const FIRST = ['job.pause', 'job.resume', 'job.setLimit', 'job.cancel', 'export.again'];
const LATER = ['job.saveHtml', 'job.saveJson'];

function JobPage({ job }: { job: Job }) {
  const ref = jobRef(job.id);
  const target = useTarget(ref);
  const { text, icon, tone } = JOB_STATES[job.state];
  const took =
    job.startedAt === undefined || job.endedAt === undefined
      ? undefined
      : (Date.parse(job.endedAt) - Date.parse(job.startedAt)) / 1000;
  return (
    <div className="ds-page">
      <ObjectHeader
        icon="tasklist"
        title={job.title}
        poolId={job.request.poolId}
        path={[job.request.targetFolder]}
        badges={
          <Badge tone={tone} icon={icon}>
            {text}
          </Badge>
        }
        actions={
          <>
            {FIRST.map((command) => (
              <CommandButton key={command} command={command} {...target} hideDisabled />
            ))}
            {LATER.map((command) => (
              <CommandIcon key={command} command={command} {...target} />
            ))}
          </>
        }
      />
      {job.failure !== undefined && <EndNote job={job} failure={job.failure} />}
      {job.leftBehind !== undefined && <LeftBehindNote failure={job.leftBehind.failure} />}
      <Section title={title(job, took)}>
        <JobSummary job={job} />
        <RateChart jobId={job.id} />
      </Section>
      {job.disks.map((disk) => (
        <JobDiskView
          key={disk.diskUuid}
          jobId={job.id}
          disk={disk}
          interrupted={job.state === 'interrupted'}
        />
      ))}
      <JobLogView jobId={job.id} />
    </div>
  );
}

/** What can go on is no error. */
function EndNote({ job, failure }: { job: Job; failure: Failure }) {
  if (job.state !== 'interrupted') return <FailureNote failure={failure} />;
  return (
    <Note tone="warning">
      <p>{failure.message}</p>
      <p className="ds-note-next">{failure.nextStep}</p>
      {job.goesOnAt !== undefined && (
        <p>It goes on by itself at {formatTime(job.goesOnAt)}. Resume goes on at once.</p>
      )}
    </Note>
  );
}

/** Its exports may be as good as any. Problems lists what is left, and removes it. */
function LeftBehindNote({ failure: { message, nextStep } }: { failure: Failure }) {
  return (
    <Note tone="warning">
      <p>{message}</p>
      <p className="ds-note-next">{nextStep}</p>
      <CommandButton command="panel.problems" />
    </Note>
  );
}

const title = ({ startedAt, createdAt }: Job, took: number | undefined): string =>
  took === undefined
    ? startedAt === undefined
      ? `Created ${formatDateTime(createdAt)}`
      : `Started ${formatDateTime(startedAt)}`
    : `${formatDateTime(startedAt!)}, took ${formatDuration(took)}`;
