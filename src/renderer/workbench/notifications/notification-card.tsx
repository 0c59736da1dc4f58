import { formatAgo } from '../../platform/format';
import type { Notification } from '../../stores/notifications';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { IconButton } from '../../ui/icon-button';
import { useServices } from '../use-services';

const ICONS = { error: 'error', warning: 'warning', info: 'info', success: 'pass' } as const;

export interface NotificationCardProps {
  readonly notification: Notification;
  readonly onClose: () => void;
  readonly withTime?: boolean;
}

export function NotificationCard({ notification, onClose, withTime = false }: NotificationCardProps) {
  const { commands, notifications } = useServices();
  const { id, severity, message, nextStep, details, actions, at } = notification;
  return (
    <article className="ds-notification">
      <Icon name={ICONS[severity]} className={`ds-tone-${severity}`} label={severity} />
      <div className="ds-selectable">
        <p>{message}</p>
        {nextStep !== undefined && <p className="ds-muted">{nextStep}</p>}
        {details !== undefined && (
          <details className="ds-details">
            <summary>Details</summary>
            <pre className="ds-mono">{details}</pre>
          </details>
        )}
        {withTime && <p className="ds-notification-time">{formatAgo(new Date(at).toISOString())}</p>}
        {actions.length > 0 && (
          <div className="ds-notification-actions">
            {actions.map(({ title, command, args }) => (
              <Button
                key={title}
                kind="primary"
                onClick={() => {
                  notifications.hideToast(id);
                  void commands.run(command, ...(args ?? []));
                }}
              >
                {title}
              </Button>
            ))}
          </div>
        )}
      </div>
      <IconButton icon="close" label="Close notification" onClick={onClose} />
    </article>
  );
}
