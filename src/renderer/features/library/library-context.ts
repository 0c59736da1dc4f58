import type { ContextOverlay } from '../../platform/context-keys';
import { liveOperations } from '../../stores/library-operations';
import type { Services } from '../../workbench/services';
import { sourceOf } from './source-of';

/** What `when` clauses may ask about an export. */
export function exportContext(services: Services, manifestPath: string | undefined): ContextOverlay {
  const { library, libraryOperations, inventory } = services;
  const found = manifestPath === undefined ? undefined : library.find(manifestPath);
  if (found === undefined) {
    return {
      'library.export': false,
      'library.whole': false,
      'library.comparable': false,
      'library.served': false,
    };
  }
  const { manifest, failure } = found.entry;
  return {
    'library.export': true,
    'library.whole': failure === undefined,
    'library.comparable': failure === undefined && sourceOf(inventory.getState(), manifest)?.state === 'data',
    'library.served': liveOperations(libraryOperations.getState()).some(
      ({ request }) => request.kind === 'serve' && request.manifestPath === manifestPath,
    ),
  };
}

/** Keeps the context keys true of the export that is chosen in the chain editor in front. */
export function wireLibraryContext(services: Services): void {
  const { contextKeys, editors, inventory, library, libraryOperations } = services;
  const tell = (): void => {
    const isShown = editors.active()?.type === 'chain';
    contextKeys.set({
      ...exportContext(services, isShown ? library.getState().selected : undefined),
      'library.running': liveOperations(libraryOperations.getState()).length > 0,
    });
  };
  editors.onDidChangeActive(tell);
  for (const store of [library, libraryOperations, inventory]) store.subscribe(tell);
}
