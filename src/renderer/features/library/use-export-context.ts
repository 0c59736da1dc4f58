import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { ContextOverlay } from '../../platform/context-keys';
import { useServices } from '../../workbench/use-services';
import { exportContext } from './library-context';

/** What `when` clauses may ask about an export, kept true while what they ask about changes. */
export function useExportContext(manifestPath: string): ContextOverlay {
  const services = useServices();
  const { library, libraryOperations, inventory } = services;
  const read = useShallow(() => exportContext(services, manifestPath));
  useStore(library, read);
  useStore(libraryOperations, read);
  return useStore(inventory, read);
}
