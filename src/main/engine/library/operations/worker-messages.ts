import type { LibraryRequest, LibraryResult, LibraryStep } from '../../../../shared/model/library-operation';
import type { Result } from '../../../../shared/model/result';

/** What the main thread says to a worker that works on exports. */
export type ToLibraryWorker =
  { readonly type: 'start'; readonly request: LibraryRequest } | { readonly type: 'cancel' };

/** What it says to the main thread. */
export type FromLibraryWorker =
  | {
      readonly type: 'progress';
      readonly step: LibraryStep;
      readonly doneBytes: number;
      readonly totalBytes: number;
    }
  | { readonly type: 'serving'; readonly uri: string }
  | { readonly type: 'ended'; readonly result: Result<LibraryResult> };
