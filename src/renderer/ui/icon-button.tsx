import type { ButtonHTMLAttributes, Ref } from 'react';
import { Icon } from './icon';
import { Tip } from './tip';

export interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'title'> {
  readonly icon: string;
  /** Name of the button and its tooltip. */
  readonly label: string;
  /** Key binding, as text. */
  readonly keyText?: string | undefined;
  readonly pressed?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ icon, label, keyText, pressed, className, ...rest }: IconButtonProps) {
  return (
    <Tip text={keyText === undefined ? label : `${label} (${keyText})`}>
      <button
        type="button"
        {...rest}
        className={`ds-icon-button ${className ?? ''}`}
        aria-label={label}
        {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
      >
        <Icon name={icon} />
      </button>
    </Tip>
  );
}
