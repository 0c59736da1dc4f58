import { fail } from '../../../shared/model/failure';

/** An unfinished image cannot be written on: what it holds cannot be told, so it has to be begun anew. */
export function unfinishedUnusable(path: string, why: string): never {
  return fail({
    code: 'unfinished-unusable',
    message: `The unfinished image "${path}" cannot be continued: ${why}.`,
    nextStep: 'Nothing to do: it is written anew from the same snapshot.',
  });
}
