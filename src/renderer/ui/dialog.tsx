import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { IconButton } from './icon-button';

export interface DialogProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly onClose: () => void;
  readonly alarm?: boolean;
  readonly wide?: boolean;
  readonly children: ReactNode;
  /** Buttons at the bottom. */
  readonly footer: ReactNode;
}

export function Dialog({
  title,
  description,
  onClose,
  alarm = false,
  wide = false,
  children,
  footer,
}: DialogProps) {
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="ds-overlay" />
        <Radix.Content
          className={`ds-dialog ${alarm ? 'ds-dialog-alarm' : ''} ${wide ? 'ds-dialog-wide' : ''}`}
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
        >
          <header>
            <Radix.Title>{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton icon="close" label="Close" />
            </Radix.Close>
          </header>
          <div className="ds-dialog-body">
            {description !== undefined && (
              <Radix.Description asChild>
                <div className="ds-dialog-description">{description}</div>
              </Radix.Description>
            )}
            {children}
          </div>
          <footer>{footer}</footer>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
