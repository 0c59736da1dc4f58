import { createStore } from 'zustand/vanilla';
import type { Failure } from '../../shared/model/failure';

export interface NotificationAction {
  readonly title: string;
  readonly command: string;
  readonly args?: readonly unknown[];
}

export interface Notification {
  readonly id: number;
  readonly severity: 'error' | 'warning' | 'info' | 'success';
  readonly message: string;
  readonly nextStep?: string;
  readonly details?: string;
  readonly actions: readonly NotificationAction[];
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Shown as a toast until it is closed or times out; it stays in the centre either way. */
  readonly toast: boolean;
}
export type NewNotification = Partial<Notification> & Pick<Notification, 'severity' | 'message'>;

export interface NotificationsState {
  /** Newest first. */
  readonly list: readonly Notification[];
  readonly centreOpen: boolean;
  /** Arrived since the centre was last open. */
  readonly unread: number;
}

const MAX_KEPT = 200;

/** What the user was told. Toasts only where something needs doing; all is kept in the centre. */
export function createNotificationsStore() {
  const store = createStore<NotificationsState>(() => ({ list: [], centreOpen: false, unread: 0 }));
  let lastId = 0;

  const add = (news: NewNotification): void =>
    store.setState(({ list, unread, centreOpen }) => {
      const notification: Notification = { actions: [], toast: true, ...news, id: ++lastId, at: Date.now() };
      const same = ({ message, details }: Notification): boolean =>
        message === notification.message && details === notification.details;
      return {
        list: [notification, ...list.filter((old) => !same(old))].slice(0, MAX_KEPT),
        unread: centreOpen ? 0 : unread + 1,
      };
    });

  return Object.assign(store, {
    add,
    failure: ({ message, nextStep, details }: Failure) =>
      add({ severity: 'error', message, nextStep, ...(details === undefined ? {} : { details }) }),
    /** Takes a toast off the screen; the centre keeps it. */
    hideToast: (id: number) =>
      store.setState(({ list }) => ({
        list: list.map((entry) => (entry.id === id ? { ...entry, toast: false } : entry)),
      })),
    dismiss: (id: number) =>
      store.setState(({ list }) => ({ list: list.filter((entry) => entry.id !== id) })),
    clear: () => store.setState({ list: [], unread: 0 }),
    showCentre: (centreOpen: boolean) =>
      store.setState(({ list }) => ({
        centreOpen,
        unread: 0,
        list: centreOpen ? list.map((entry) => ({ ...entry, toast: false })) : list,
      })),
  });
}
export type NotificationsStore = ReturnType<typeof createNotificationsStore>;
