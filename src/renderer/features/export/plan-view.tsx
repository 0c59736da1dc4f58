import { useStore } from 'zustand';
import type { ExportPlan } from '../../../shared/model/export-plan';
import { formatBytes, formatDuration, formatRate } from '../../platform/format';
import { measuredRate } from '../../stores/job-progress';
import { Note } from '../../ui/note';
import { Section } from '../../ui/section';
import { EmptyState, FailureNote, LoadingState } from '../../ui/states';
import { CopyLine } from '../../workbench/copy-line';
import { FindingAction } from '../../workbench/finding-action';
import { useServices } from '../../workbench/use-services';
import { PlanTable, readsAtMost } from './plan-table';
import type { PlanState } from './use-plan';

/** What will be done, why, and what it costs; what stands in the way. */
export function PlanView({ poolId, plan }: { poolId: string; plan: PlanState }) {
  return (
    <Section title="What will be done">
      <div aria-live="polite" aria-busy={plan.state === 'planning'}>
        {plan.state === 'incomplete' && (
          <EmptyState
            icon="list-ordered"
            title="The plan appears here"
            text="Choose a target folder. The plan says, for each disk, how it will be exported and why, before anything is read."
          />
        )}
        {plan.state === 'planning' && <LoadingState text="Looking at the pool and the folder…" />}
        {plan.state === 'failed' && <FailureNote failure={plan.failure} />}
        {plan.state === 'planned' && <Planned poolId={poolId} plan={plan.plan} />}
      </div>
    </Section>
  );
}

const TONES = { block: 'error', warn: 'warning', info: 'info' } as const;

function Planned({ poolId, plan }: { poolId: string; plan: ExportPlan }) {
  return (
    <div className="ds-plan">
      {plan.findings.map((finding, index) => (
        <Note key={`${finding.code}/${finding.objectUuid ?? index}`} tone={TONES[finding.severity]}>
          <div className="ds-plan-finding">
            <div>
              <p>{finding.text}</p>
              <p className="ds-note-next">{finding.nextStep}</p>
            </div>
            <FindingAction poolId={poolId} finding={finding} />
          </div>
        </Note>
      ))}
      <PlanTable plan={plan} />
      <PlanCost plan={plan} />
      <CopyLine label="The same on the command line" text={plan.commandLine} />
    </div>
  );
}

/** Space and time. */
function PlanCost({ plan: { disks, targetFreeBytes } }: { plan: ExportPlan }) {
  const { jobs } = useServices();
  const rate = useStore(jobs, ({ jobs: all }) => measuredRate(all.values()));
  const known = disks.every(({ estimatedBytes }) => estimatedBytes !== undefined);
  const bytes = disks.reduce((sum, { estimatedBytes }) => sum + (estimatedBytes ?? 0), 0);
  const atMost = disks.some(({ mode }) => readsAtMost(mode));
  const parts = [
    known
      ? `${atMost ? 'Up to ' : ''}${formatBytes(bytes)} to read`
      : 'How much has to be read is known once the snapshot exists',
    known && rate !== undefined
      ? `${atMost ? 'at most about' : 'about'} ${formatDuration(bytes / rate)} at ${formatRate(rate)}, as the last export`
      : '',
    targetFreeBytes === undefined ? '' : `${formatBytes(targetFreeBytes)} free at the target`,
  ];
  return <p className="ds-plan-cost">{parts.filter(Boolean).join(' · ')}</p>;
}
