import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { IconButton } from '../../ui/icon-button';
import { EmptyState } from '../../ui/states';
import { CommandIcon } from '../command-button';
import { useServices } from '../use-services';
import { NotificationCard } from './notification-card';

/** Everything the user was told, newest first. */
export function NotificationCentre() {
  const { notifications } = useServices();
  const open = useStore(notifications, ({ centreOpen }) => centreOpen);
  return open ? <Centre /> : null;
}

function Centre() {
  const { notifications } = useServices();
  const list = useStore(notifications, (state) => state.list);
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <section
      ref={box}
      className="ds-notification-centre"
      aria-label="Notification centre"
      tabIndex={-1}
      onKeyDown={(event) => event.key === 'Escape' && notifications.showCentre(false)}
    >
      <header>
        <h2>Notifications</h2>
        <div className="ds-part-actions">
          <CommandIcon command="notifications.clear" hideDisabled />
          <IconButton
            icon="chevron-down"
            label="Hide notifications"
            onClick={() => notifications.showCentre(false)}
          />
        </div>
      </header>
      <div className="ds-notification-list">
        {list.length === 0 && <EmptyState icon="bell" title="Nothing to report" />}
        {list.map((entry) => (
          <NotificationCard
            key={entry.id}
            notification={entry}
            withTime
            onClose={() => notifications.dismiss(entry.id)}
          />
        ))}
      </div>
    </section>
  );
}
