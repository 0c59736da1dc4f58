import { createStore } from 'zustand/vanilla';
import type { ExportPlan } from '../../../shared/model/export-plan';
import type { RequestForm } from './request-form';

export interface FormsState {
  readonly forms: ReadonlyMap<string, RequestForm>;
  /** The plan that an editor shows now; none while it is asked for. */
  readonly plans: ReadonlyMap<string, ExportPlan>;
  readonly starting: ReadonlySet<string>;
}

function withEntry<V>(
  map: ReadonlyMap<string, V>,
  key: string,
  value: V | undefined,
): ReadonlyMap<string, V> {
  const next = new Map(map);
  if (value === undefined) next.delete(key);
  else next.set(key, value);
  return next;
}

/** Forms that are being filled in, by editor: a command may fill in a field, and a hidden tab keeps its form. */
export function createFormsStore() {
  const store = createStore<FormsState>(() => ({ forms: new Map(), plans: new Map(), starting: new Set() }));
  return Object.assign(store, {
    put: (id: string, form: RequestForm) =>
      store.setState(({ forms }) => ({ forms: withEntry(forms, id, form) })),
    showPlan: (id: string, plan: ExportPlan | undefined) => {
      if (store.getState().plans.get(id) !== plan)
        store.setState(({ plans }) => ({ plans: withEntry(plans, id, plan) }));
    },
    setStarting: (id: string, starts: boolean) =>
      store.setState(({ starting }) => {
        const next = new Set(starting);
        if (starts) next.add(id);
        else next.delete(id);
        return { starting: next };
      }),
    drop: (id: string) =>
      store.setState(({ forms, plans }) => ({
        forms: withEntry(forms, id, undefined),
        plans: withEntry(plans, id, undefined),
      })),
  });
}
export type FormsStore = ReturnType<typeof createFormsStore>;
