import type { VerifyFault } from '../../../shared/model/library';
import { formatAgo, formatBytes, formatCount } from '../../platform/format';
import { Note } from '../../ui/note';
import type { LinkState } from './link-state';

const MOST_SHOWN = 20;

/** What verifying found last; nothing for what was never verified. */
export function VerdictNote({ state }: { state: LinkState }) {
  if (state.kind === 'sound') {
    const { checkedBytes, sourceBytes, at } = state.verdict;
    return (
      <Note tone="success">
        Sound: {formatBytes(checkedBytes)} match their checksums
        {sourceBytes === undefined
          ? ''
          : `, and ${formatBytes(sourceBytes)} of the disk equal the snapshot on the pool`}
        . Verified {formatAgo(at)}.
      </Note>
    );
  }
  if (state.kind === 'base-damaged') {
    return (
      <Note tone="warning">
        <p>
          This export builds on {state.base.manifest.image.file}, which is damaged. What it needs from there
          cannot be trusted.
        </p>
        <p className="ds-note-next">
          Bring that image back from where it was copied, or take a new full export.
        </p>
      </Note>
    );
  }
  if (state.kind !== 'damaged') return null;
  const { faults, at } = state.verdict;
  const more = faults.length - MOST_SHOWN;
  return (
    <Note tone="error">
      <p>This export is damaged. Verified {formatAgo(at)}.</p>
      <ul className="ds-faults">
        {faults.slice(0, MOST_SHOWN).map((fault, index) => (
          <Fault key={index} fault={fault} />
        ))}
      </ul>
      {more > 0 && <p>{`And ${formatCount(more)} more.`}</p>}
    </Note>
  );
}

function Fault({ fault: { file, offset, on, message, nextStep } }: { fault: VerifyFault }) {
  return (
    <li>
      <p className="ds-mono ds-selectable">
        {file}
        {offset !== undefined && `, byte ${formatCount(offset)} of the ${on ?? 'file'}`}
      </p>
      <p>{message}</p>
      <p className="ds-note-next">{nextStep}</p>
    </li>
  );
}
