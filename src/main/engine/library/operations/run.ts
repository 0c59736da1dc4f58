import { ok, type Result } from '../../../../shared/model/result';
import type { LibraryRequestOf, LibraryResult } from '../../../../shared/model/library-operation';
import { runInWorker } from '../worker/run-in-worker';
import { runFlatten } from './flatten';
import type { OperationHooks, OperationParts } from './operation';
import type { RunLibraryRequest } from './operations';
import { runRange } from './range';
import { runRestore } from './restore';
import { runServe } from './serve';
import { runVerify } from './verify';

/** Does what a request asks for, with the given parts of the program. */
export const libraryRunner =
  (parts: OperationParts): RunLibraryRequest =>
  (request, hooks) => {
    switch (request.kind) {
      case 'verify':
        return verify(request, parts, hooks);
      case 'flatten':
        return runFlatten(request, parts, hooks);
      case 'serve':
        return parts.workerFile ? runInWorker(parts.workerFile, request, hooks) : runServe(request, hooks);
      case 'restore':
        return runRestore(request, parts, hooks);
      case 'range':
        return runRange(request, parts, hooks);
    }
  };

async function verify(
  request: LibraryRequestOf<'verify'>,
  { connection, connections, workerFile }: OperationParts,
  hooks: OperationHooks,
): Promise<Result<LibraryResult>> {
  if (!workerFile) return runVerify(request, connection, hooks);
  const pool = request.source ? connection(request.source.poolId) : ok(undefined);
  if (!pool.ok) return pool;
  return runInWorker(workerFile, request, { ...hooks, pool: pool.value, connections });
}
