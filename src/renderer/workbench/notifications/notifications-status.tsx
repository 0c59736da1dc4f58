import { useStore } from 'zustand';
import { plural } from '../../platform/format';
import { StatusEntry } from '../parts/status-bar';
import { useServices } from '../use-services';

export function NotificationsStatus() {
  const unread = useStore(useServices().notifications, (state) => state.unread);
  const label = unread === 0 ? 'No new notifications' : plural(unread, 'new notification');
  return (
    <StatusEntry
      icon={unread === 0 ? 'bell' : 'bell-dot'}
      text={unread === 0 ? '' : String(unread)}
      label={label}
      command="notifications.show"
    />
  );
}
