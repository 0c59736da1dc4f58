import { useEffect } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Notification } from '../../stores/notifications';
import { useServices } from '../use-services';
import { NotificationCard } from './notification-card';
import './notifications.css';

const MOST = 3;
/** What only informs goes by itself; what went wrong stays until it is closed. */
const SECONDS = { info: 8, success: 8, warning: 20, error: 0 } as const;

export function Toasts() {
  const { notifications } = useServices();
  const toasts = useStore(
    notifications,
    useShallow(({ list }) => list.filter(({ toast }) => toast).slice(0, MOST)),
  );
  return (
    <div className="ds-toasts" role="region" aria-label="Notifications" aria-live="polite">
      {toasts.map((toast) => (
        <Toast key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function Toast({ toast }: { toast: Notification }) {
  const { notifications } = useServices();
  const { id, severity } = toast;
  useEffect(() => {
    const seconds = SECONDS[severity];
    if (seconds === 0) return;
    const timer = setTimeout(() => notifications.hideToast(id), seconds * 1000);
    return () => clearTimeout(timer);
  }, [id, severity, notifications]);
  return <NotificationCard notification={toast} onClose={() => notifications.hideToast(id)} />;
}
