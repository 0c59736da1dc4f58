import type { Failure } from '../../../../shared/model/failure';
import type { JobReport } from '../../jobs/job-context';

/**
 * For what is waited out: says so in the job's log, once per reason.
 * @param what waits, as a sentence begins.
 * @param level `info` where every job waits a little.
 */
export function tellWaits(
  report: JobReport,
  what: string,
  level: 'info' | 'warn' = 'warn',
): (failure: Failure) => void {
  const told = new Set<string>();
  return ({ code, message }) => {
    if (!told.has(code)) report.log(level, `${what} waits: ${message}`);
    told.add(code);
  };
}
