import { createStore } from 'zustand/vanilla';
import type { RequestForm } from './request-form';

/** Forms that are being filled in, by editor: a command may fill in a field, and a hidden tab keeps its form. */
export function createFormsStore() {
  const store = createStore<{ readonly forms: ReadonlyMap<string, RequestForm> }>(() => ({
    forms: new Map(),
  }));
  return Object.assign(store, {
    put: (id: string, form: RequestForm) =>
      store.setState(({ forms }) => ({ forms: new Map(forms).set(id, form) })),
    drop: (id: string) =>
      store.setState(({ forms }) => {
        const rest = new Map(forms);
        rest.delete(id);
        return { forms: rest };
      }),
  });
}
export type FormsStore = ReturnType<typeof createFormsStore>;
