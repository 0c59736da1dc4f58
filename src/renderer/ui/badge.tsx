import type { ReactNode } from 'react';
import { Icon } from './icon';

export type Tone = 'neutral' | 'success' | 'warning' | 'error' | 'info' | 'demo';

export interface BadgeProps {
  readonly tone?: Tone;
  readonly icon?: string;
  readonly title?: string;
  readonly children: ReactNode;
}

export function Badge({ tone = 'neutral', icon, title, children }: BadgeProps) {
  return (
    <span className={`ds-badge ds-badge-${tone}`} title={title}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </span>
  );
}
