export interface ProgressBarProps {
  /** 0 to 1; undefined while nobody knows. */
  readonly share: number | undefined;
  readonly label: string;
  readonly tone?: 'normal' | 'error' | 'success' | 'idle';
}

export function ProgressBar({ share, label, tone = 'normal' }: ProgressBarProps) {
  const percent = share === undefined ? undefined : Math.floor(share * 100);
  return (
    <div
      className={`ds-progress ds-progress-${tone} ${share === undefined ? 'ds-progress-unknown' : ''}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(percent === undefined ? {} : { 'aria-valuenow': percent })}
    >
      <div
        className="ds-progress-bar"
        style={{ width: percent === undefined ? undefined : `${share! * 100}%` }}
      />
    </div>
  );
}
