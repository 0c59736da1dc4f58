import type { ExportPlan } from '../../../shared/model/export-plan';
import type { Failure } from '../../../shared/model/failure';
import type { JobDisk } from '../../../shared/model/job';

/** What a queue answers when it cannot do what it was asked. */

export const runsElsewhere: Failure = {
  code: 'job-runs-elsewhere',
  message: 'Another Deltascope on this machine is running this job.',
  nextStep: 'Look for another window or command line, or wait until it has ended.',
};

export const onOtherMachine = (host: string, lockFile: string): Failure => ({
  code: 'job-on-other-machine',
  message: `Deltascope on the machine “${host}” holds this job; whether it still runs cannot be seen from here.`,
  nextStep: `Look there. If no Deltascope runs there any more, remove the file ${lockFile}, then try again.`,
});

/** Of a lock that is given back and whose file stays. */
export const lockRemains = (lockFile: string, error: unknown): Failure => ({
  code: 'lock-remains',
  message: `The lock of this job, “${lockFile}”, could not be removed. This Deltascope may go on with the job all the same; others on this machine may once this one has ended.`,
  nextStep: 'Check the drive that holds it. For Deltascope on another machine, remove the file.',
  details: (error as Error).message,
});

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

export const notExported = ({ diskName }: JobDisk): Failure => ({
  code: 'disk-not-exported',
  message: `${diskName} was not exported, and nothing says why.`,
  nextStep: 'Start a new export of it. Please report this with the job’s log.',
});

export function refusal(plan: ExportPlan): Failure {
  const blocking = plan.findings.filter(({ severity }) => severity === 'block');
  return {
    code: 'preflight-refused',
    message: blocking.map(({ text }) => text).join(' ') || 'The export cannot start.',
    nextStep: blocking.map(({ nextStep }) => nextStep).join(' ') || 'Look at the findings of the plan.',
  };
}
