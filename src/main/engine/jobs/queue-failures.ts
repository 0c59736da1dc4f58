import type { ExportPlan } from '../../../shared/model/export-plan';
import type { Failure } from '../../../shared/model/failure';

/** What a queue answers when it cannot do what it was asked. */

export const runsElsewhere: Failure = {
  code: 'job-runs-elsewhere',
  message: 'Another Deltascope on this machine is running this job.',
  nextStep: 'Look for another window or command line, or wait until it has ended.',
};

export const alreadyOver: Failure = {
  code: 'job-over',
  message: 'This job has ended; there is nothing to go on with.',
  nextStep: 'Start a new export.',
};

export const notFound: Failure = {
  code: 'job-not-found',
  message: 'The journal of this job is missing or damaged.',
  nextStep: 'Start a new export; “Leftovers” shows what the job may have left on the pool.',
};

export function refusal(plan: ExportPlan): Failure {
  const blocking = plan.findings.filter(({ severity }) => severity === 'block');
  return {
    code: 'preflight-refused',
    message: blocking.map(({ text }) => text).join(' ') || 'The export cannot start.',
    nextStep: blocking.map(({ nextStep }) => nextStep).join(' ') || 'Look at the findings of the plan.',
  };
}
