import { runFlatten } from './flatten';
import { runInWorker } from './in-worker';
import type { OperationParts } from './operation';
import type { RunLibraryRequest } from './operations';
import { runRestore } from './restore';
import { runServe } from './serve';
import { runVerify } from './verify';

/** Does what a request asks for, with the given parts of the program. */
export const libraryRunner =
  (parts: OperationParts): RunLibraryRequest =>
  (request, hooks) => {
    const { workerFile } = parts;
    // With a pool it runs here, where the pool's session is.
    const needsPool =
      request.kind === 'restore' || (request.kind === 'verify' && request.source !== undefined);
    if (workerFile && !needsPool && request.kind !== 'flatten')
      return runInWorker(workerFile, request, hooks);
    switch (request.kind) {
      case 'verify':
        return runVerify(request, parts, hooks);
      case 'flatten':
        return runFlatten(request, parts, hooks);
      case 'serve':
        return runServe(request, hooks);
      case 'restore':
        return runRestore(request, parts, hooks);
    }
  };
