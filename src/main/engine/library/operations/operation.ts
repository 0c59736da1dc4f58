import type {
  LibraryRequest,
  LibraryRequestOf,
  LibraryResult,
  LibraryStep,
} from '../../../../shared/model/library-operation';
import type { Result } from '../../../../shared/model/result';
import type { StartCopy } from '../../export/copy/worker-client';
import type { Budget } from '../../jobs/budget';
import type { PoolConnection } from '../../xapi';

/** What an operation tells while it runs. */
export interface OperationHooks {
  /** Bytes done and in all, of one step. Called often: must be cheap. */
  readonly progress: (step: LibraryStep, doneBytes: number, totalBytes: number) => void;
  /** The export can be read at `uri` from now on. */
  readonly serving: (uri: string) => void;
  readonly signal: AbortSignal;
  /** Of the operation: what it makes on a pool carries it. */
  readonly jobId: string;
}

/** What operations need of the program around them. */
export interface OperationParts {
  readonly connection: (poolId: string) => Result<PoolConnection>;
  readonly startCopy: StartCopy;
  /** NBD connections by host uuid, shared with the jobs. */
  readonly connections: Budget;
  /** Where processes see what the others are at. */
  readonly jobsFolder: string;
  /** The bundled `library-worker.js`; absent: everything runs in this thread. */
  readonly workerFile?: URL;
}

export type RunOperation<K extends LibraryRequest['kind']> = (
  request: LibraryRequestOf<K>,
  parts: OperationParts,
  hooks: OperationHooks,
) => Promise<Result<LibraryResult>>;
