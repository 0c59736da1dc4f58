import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Icon } from './icon';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: 'primary' | 'secondary' | 'danger' | 'link';
  readonly icon?: string | undefined;
  readonly busy?: boolean;
  readonly children: ReactNode;
}

export function Button({
  kind = 'secondary',
  icon,
  busy = false,
  children,
  className,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`ds-button ds-button-${kind} ${className ?? ''}`}
      aria-busy={busy}
    >
      {busy ? <Icon name="loading" spin /> : icon !== undefined && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  );
}
