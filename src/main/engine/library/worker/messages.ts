import type {
  LibraryRequestOf,
  LibraryResult,
  LibraryStep,
} from '../../../../shared/model/library-operation';
import type { Result } from '../../../../shared/model/result';
import type { Filled, FillWork } from '../restore/fill';
import type { PoolQuestion } from './pool-questions';

/** What a worker does with an export, as plain data. */
export type LibraryWork = LibraryRequestOf<'verify'> | LibraryRequestOf<'serve'> | FillWork;
export type WorkResult<W extends LibraryWork = LibraryWork> = W extends FillWork ? Filled : LibraryResult;

/** What the main thread says to a worker that works on an export. */
export type ToLibraryWorker =
  | { readonly type: 'start'; readonly work: LibraryWork }
  | { readonly type: 'cancel' }
  /** The session has ended: so do the transfers. */
  | { readonly type: 'pool-closed' }
  /** To the question with this number. It can hold a session or an export name: never log it. */
  | { readonly type: 'answer'; readonly id: number; readonly answer: Result<unknown> };

/** What it says to the main thread. */
export type FromLibraryWorker =
  | {
      readonly type: 'progress';
      readonly step: LibraryStep;
      readonly doneBytes: number;
      readonly totalBytes: number;
    }
  | { readonly type: 'serving'; readonly uri: string }
  | { readonly type: 'question'; readonly id: number; readonly question: PoolQuestion }
  | { readonly type: 'ended'; readonly result: Result<WorkResult> };
