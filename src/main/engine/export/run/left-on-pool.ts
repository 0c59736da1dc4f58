import type { Failure } from '../../../../shared/model/failure';

/** What a job says that ended all the same. @param reason why the first thing could not be removed. */
export const leftOnPool = ({ message, nextStep, details }: Failure): Failure => ({
  code: 'left-on-pool',
  message: `The clean-up failed: something that this job made is left on the pool. ${message}`,
  nextStep: `${nextStep} Then remove what is left: under Problems in the window, or with "deltascope leftovers --clean".`,
  ...(details === undefined ? {} : { details }),
});
