import { FailureError } from '../../../shared/model/failure';

export const JOURNAL_NOT_WRITTEN = 'journal-not-written';

/** A system error about a file that a job keeps of itself, as a failure; anything else comes back unchanged. */
export function mapHomeError(error: unknown, path: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof FailureError || code === undefined || syscall === undefined) return error;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new FailureError(
    {
      code: JOURNAL_NOT_WRITTEN,
      message: `What the job does could not be written down in "${path}"${full ? ': there is no space left' : ''}.`,
      nextStep: full
        ? 'Free some space on the drive that holds this file, then resume the job.'
        : 'Check the drive that holds this file, then resume the job.',
      details: `${code} (${syscall}) ${path}`,
    },
    { cause: error },
  );
}

/** The folder of jobs itself cannot be read. */
export const homeNotRead = (error: unknown, folder: string): FailureError =>
  new FailureError(
    {
      code: 'jobs-not-readable',
      message: `The folder of the jobs, "${folder}", cannot be read.`,
      nextStep:
        'Check that it is a folder, and that your account may read it. DELTASCOPE_HOME chooses another place.',
      details: (error as Error).message,
    },
    { cause: error },
  );
