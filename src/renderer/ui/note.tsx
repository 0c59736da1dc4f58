import type { ReactNode } from 'react';
import { Icon } from './icon';

const ICONS = { info: 'info', success: 'pass', warning: 'warning', error: 'error' } as const;

/** A boxed remark. */
export function Note({ tone, children }: { tone: keyof typeof ICONS; children: ReactNode }) {
  return (
    <div className={`ds-note ds-note-${tone}`}>
      <Icon name={ICONS[tone]} />
      <div>{children}</div>
    </div>
  );
}
