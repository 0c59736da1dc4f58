import type { Failure } from '../../../../shared/model/failure';

/** What a job says that ended all the same. @param reason why the first thing could not be removed. */
export const leftOnPool = ({ message, nextStep, details }: Failure): Failure => ({
  code: 'left-on-pool',
  message: `The clean-up failed: something that this job made is left on the pool. ${message}`,
  nextStep: `${nextStep} What is left is shown under Problems in the window, and can be removed there or with "deltascope leftovers --clean". The snapshot of a finished export is also what its next increment builds on: without it that will be a full one.`,
  ...(details === undefined ? {} : { details }),
});
