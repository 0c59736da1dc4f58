import { runFlatten } from './flatten';
import type { OperationParts } from './operation';
import type { RunLibraryRequest } from './operations';
import { runRestore } from './restore';
import { runServe } from './serve';
import { runVerify } from './verify';

/** Does what a request asks for, with the given parts of the program. */
export const libraryRunner =
  (parts: OperationParts): RunLibraryRequest =>
  (request, hooks) => {
    switch (request.kind) {
      case 'verify':
        return runVerify(request, parts, hooks);
      case 'flatten':
        return runFlatten(request, parts, hooks);
      case 'serve':
        return runServe(request, parts, hooks);
      case 'restore':
        return runRestore(request, parts, hooks);
    }
  };
