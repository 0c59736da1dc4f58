import { createStore } from 'zustand/vanilla';

export interface QuickItem {
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  readonly icon?: string;
  /** tinykeys pattern. */
  readonly keys?: string;
  /** Positions in the label that match what was typed. */
  readonly matches?: readonly number[];
  readonly disabled?: boolean;
  readonly run: () => void;
}

/** A list to choose from, made by whoever asks. */
export interface QuickPick {
  readonly title: string;
  readonly placeholder: string;
  readonly items: readonly QuickItem[];
}

export interface QuickInputState {
  readonly open: boolean;
  readonly query: string;
  /** Set: the list to choose from. Unset: the prefix of the query chooses the provider. */
  readonly pick: QuickPick | undefined;
}

/** The one box for the palette, for going somewhere and for choosing from a list. */
export function createQuickInputStore() {
  const store = createStore<QuickInputState>(() => ({ open: false, query: '', pick: undefined }));
  return Object.assign(store, {
    show: (prefix: string) => store.setState({ open: true, query: prefix, pick: undefined }),
    pick: (pick: QuickPick) => store.setState({ open: true, query: '', pick }),
    type: (query: string) => store.setState({ query }),
    close: () => store.setState({ open: false, query: '', pick: undefined }),
  });
}
export type QuickInputStore = ReturnType<typeof createQuickInputStore>;
