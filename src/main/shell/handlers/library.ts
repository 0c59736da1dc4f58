import type { LibraryOperations } from '../../engine/library/operations/operations';
import { scanLibrary } from '../../engine/library/scan';
import { storedBlocks } from '../../engine/library/stored-blocks';
import { unwrap } from '../../../shared/model/result';
import type { Handlers } from '../ipc';

type LibraryHandlers = Pick<
  Handlers,
  'library.scan' | 'library.storedBlocks' | 'library.start' | 'library.cancel' | 'library.operations'
>;

/** Requests about what was exported before. */
export function libraryHandlers(operations: LibraryOperations): LibraryHandlers {
  return {
    'library.scan': async ({ folder }) => unwrap(await scanLibrary(folder)),
    'library.storedBlocks': async ({ manifestPath }) => {
      const { sizeBytes, bytes } = unwrap(await storedBlocks(manifestPath));
      return { sizeBytes, bitmap: new Uint8Array(bytes) };
    },
    'library.start': (request) => operations.start(request),
    'library.cancel': ({ id }) => {
      operations.cancel(id);
      return undefined;
    },
    'library.operations': () => operations.list(),
  };
}
