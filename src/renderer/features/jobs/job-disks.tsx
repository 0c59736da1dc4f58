import type { ExportMode } from '../../../shared/model/export-plan';
import type { Failure } from '../../../shared/model/failure';
import type { JobDisk, JobPhase } from '../../../shared/model/job';
import { formatBytes, formatDuration, formatTime } from '../../platform/format';
import { TableFrame } from '../../ui/table-frame';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { Note } from '../../ui/note';
import { ProgressBar } from '../../ui/progress-bar';
import { Section } from '../../ui/section';
import { FailureNote } from '../../ui/states';
import { useServices } from '../../workbench/use-services';
import { PHASES, PHASE_INTERRUPTED, PHASE_STATES } from './job-states';

const MODES: Record<ExportMode, string> = {
  full: 'full',
  cbt: 'increment',
  compare: 'increment by comparison',
  stream: 'stream',
};

export interface JobDiskViewProps {
  readonly jobId: string;
  readonly disk: JobDisk;
  /** Nothing runs, and it can go on. */
  readonly interrupted: boolean;
}

/** One disk of a job: why this mode, how far, and its phases with their times. */
export function JobDiskView({ jobId, disk, interrupted }: JobDiskViewProps) {
  const { engine, registries } = useServices();
  const JobMap = registries.slots.jobMap;
  const { diskName, mode, reason, phases, progress, outcome } = disk;
  const manifest = outcome?.manifestPath;
  return (
    <Section
      title={diskName}
      actions={
        manifest !== undefined && (
          <Button icon="folder-opened" onClick={() => void engine.ask('library.reveal', { path: manifest })}>
            Show in Folder
          </Button>
        )
      }
    >
      <p className="ds-selectable">
        <Badge>{MODES[mode]}</Badge> {reason}
      </p>
      {progress !== undefined && (
        <div className="ds-job-progress">
          <ProgressBar
            share={progress.totalBytes === 0 ? undefined : progress.readBytes / progress.totalBytes}
            label={`Progress of ${diskName}`}
            tone={
              outcome?.failure !== undefined && outcome.failure.code !== 'cancelled'
                ? 'error'
                : manifest !== undefined
                  ? 'success'
                  : 'normal'
            }
          />
          <span className="ds-number">
            {formatBytes(progress.readBytes)} of {formatBytes(progress.totalBytes)}
          </span>
        </div>
      )}
      {JobMap !== undefined && progress !== undefined && (
        <JobMap jobId={jobId} diskUuid={disk.diskUuid} label={`${diskName}, blocks of this job`} />
      )}
      {outcome?.failure !== undefined && <OutcomeNote failure={outcome.failure} />}
      <TableFrame label={`Phases of ${diskName}`}>
        <table className="ds-table" aria-label={`Phases of ${diskName}`}>
          <thead>
            <tr>
              <th scope="col">Phase</th>
              <th scope="col">State</th>
              <th scope="col">Began</th>
              <th scope="col" className="ds-number">
                Took
              </th>
              <th scope="col">Note</th>
            </tr>
          </thead>
          <tbody>
            {phases.map((phase) => (
              <PhaseRow key={phase.name} phase={phase} interrupted={interrupted} />
            ))}
          </tbody>
        </table>
      </TableFrame>
    </Section>
  );
}

function PhaseRow({ phase, interrupted }: { phase: JobPhase; interrupted: boolean }) {
  const { name, state, startedAt, endedAt, note } = phase;
  const runs = state === 'running' && !interrupted;
  const { icon, text, className } =
    state === 'running' && interrupted ? PHASE_INTERRUPTED : PHASE_STATES[state];
  const took =
    startedAt === undefined || endedAt === undefined
      ? undefined
      : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  return (
    <tr className={state === 'waiting' ? 'ds-muted' : ''}>
      <th scope="row">{PHASES[name]}</th>
      <td>
        <span className={`ds-job-state ${className}`}>
          <Icon name={icon} spin={runs} />
          {text}
        </span>
      </td>
      <td className="ds-number ds-left">{startedAt === undefined ? '' : formatTime(startedAt)}</td>
      <td className="ds-number">{took === undefined ? '' : formatDuration(took)}</td>
      <td className="ds-selectable">{note}</td>
    </tr>
  );
}

/** What the user asked for is no error. */
function OutcomeNote({ failure }: { failure: Failure }) {
  if (failure.code !== 'cancelled') return <FailureNote failure={failure} />;
  return (
    <Note tone="info">
      <p>{failure.message}</p>
      <p className="ds-note-next">{failure.nextStep}</p>
    </Note>
  );
}
