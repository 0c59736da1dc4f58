import { formatShare } from '../../../platform/format';

/** A share as a number and a bar. */
export function ShareBar({ part, whole }: { readonly part: number; readonly whole: number }) {
  const share = whole > 0 ? part / whole : 0;
  return (
    <span className="heatmap-share">
      <span className="heatmap-share-bar" aria-hidden="true">
        <span style={{ width: `${share * 100}%` }} />
      </span>
      <span className="ds-number">{formatShare(part, whole)}</span>
    </span>
  );
}
