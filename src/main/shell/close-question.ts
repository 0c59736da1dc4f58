import type { Job } from '../../shared/model/job';
import type { LibraryOperation, LibraryRequest } from '../../shared/model/library-operation';

/** Cancel everything and close, do not close, or close and go on with the exports after the next start. */
export type CloseAnswer = 'cancel' | 'stay' | 'later';

export interface CloseQuestion {
  readonly message: string;
  readonly detail: string;
  readonly answers: readonly { readonly label: string; readonly answer: CloseAnswer }[];
}

const EXPORTS =
  'Cancelled exports leave nothing on the pool or on disk. Interrupted ones keep their snapshot and what was read so far, and can be resumed when Deltascope is started again.';

const OPERATIONS: Record<LibraryRequest['kind'], { readonly name: string; readonly end: string }> = {
  verify: { name: 'The check of an export', end: 'A check that is broken off says nothing.' },
  flatten: {
    name: 'The flattening of an export',
    end: 'Flattening cannot be resumed: the unfinished image is deleted.',
  },
  restore: {
    name: 'The restore of a disk',
    end: 'A restore cannot be resumed: the unfinished disk is removed from the pool.',
  },
  serve: {
    name: 'The NBD server of an export',
    end: 'Who reads an export that is served loses the connection.',
  },
  range: {
    name: 'The saving of a range',
    end: 'Saving a range cannot be resumed: the unfinished file is deleted.',
  },
};

/** What to ask before the window closes under work that is not finished; undefined when there is none. */
export function closeQuestion(
  jobs: readonly Job[],
  operations: readonly LibraryOperation[],
): CloseQuestion | undefined {
  const kinds = operations.map(({ request }) => request.kind);
  const names = [...jobs.map(({ title }) => `“${title}”`), ...kinds.map((kind) => OPERATIONS[kind].name)];
  if (names.length === 0) return undefined;
  const ends = [...new Set(kinds)].map((kind) => OPERATIONS[kind].end);
  const stay = { label: 'Keep Running', answer: 'stay' } as const;
  return {
    message:
      names.length === 1
        ? `${names[0]} is running.`
        : `${names.length} ${operations.length === 0 ? 'jobs' : 'tasks'} are running.`,
    detail: [...(jobs.length === 0 ? [] : [EXPORTS]), ...ends].join(' '),
    answers:
      jobs.length === 0
        ? [{ label: 'Cancel and Close', answer: 'cancel' }, stay]
        : [
            {
              label: operations.length === 0 ? 'Cancel the Exports and Close' : 'Cancel All and Close',
              answer: 'cancel',
            },
            stay,
            {
              label:
                operations.length === 0 ? 'Close and Resume Later' : 'Close and Resume the Exports Later',
              answer: 'later',
            },
          ],
  };
}
