import { createStore } from 'zustand/vanilla';

export type OpenDialog =
  | { readonly kind: 'connect'; readonly url: string; readonly user: string }
  | { readonly kind: 'restore'; readonly manifestPath: string }
  | {
      readonly kind: 'confirm';
      readonly title: string;
      readonly message: string;
      /** What it is about, one by one. */
      readonly list?: readonly string[];
      readonly action: string;
      readonly danger: boolean;
      readonly answer: (yes: boolean) => void;
    };

/** The one modal dialog that may be open. */
export function createDialogsStore() {
  const store = createStore<{ readonly open: OpenDialog | undefined }>(() => ({ open: undefined }));
  return Object.assign(store, {
    show: (open: OpenDialog) => store.setState({ open }),
    close: () => store.setState({ open: undefined }),
    /** Asks before something that cannot be undone. */
    confirm: (question: {
      title: string;
      message: string;
      list?: readonly string[];
      action: string;
      danger?: boolean;
    }): Promise<boolean> =>
      new Promise((resolve) => {
        const answer = (yes: boolean): void => {
          store.setState({ open: undefined });
          resolve(yes);
        };
        store.setState({ open: { kind: 'confirm', danger: false, ...question, answer } });
      }),
  });
}
export type DialogsStore = ReturnType<typeof createDialogsStore>;
