import { useStore } from 'zustand';
import { useServices } from '../use-services';

/** Shows the dialog that is open. */
export function DialogHost() {
  const { dialogs, registries } = useServices();
  const kind = useStore(dialogs, ({ open }) => open?.kind);
  const descriptor = kind === undefined ? undefined : registries.dialogs.get(kind);
  if (descriptor === undefined) return null;
  return <descriptor.component />;
}
