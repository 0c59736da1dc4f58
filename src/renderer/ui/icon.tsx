export interface IconProps {
  /** Codicon name, without prefix. */
  readonly name: string;
  readonly spin?: boolean;
  readonly className?: string;
  /** Says what the icon says, where no text beside it does. */
  readonly label?: string;
}

export function Icon({ name, spin = false, className = '', label }: IconProps) {
  const classes = `codicon codicon-${name} ${spin ? 'codicon-modifier-spin' : ''} ${className}`.trim();
  return label === undefined ? (
    <span className={classes} aria-hidden="true" />
  ) : (
    <span className={classes} role="img" aria-label={label} />
  );
}
