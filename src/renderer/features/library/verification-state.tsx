import { formatBytes } from '../../platform/format';
import type { Verification } from '../../stores/library';
import { Note } from '../../ui/note';
import { FailureNote, LoadingState } from '../../ui/states';

export function VerificationState({ verification }: { verification: Verification }) {
  if (verification.state === 'running')
    return <LoadingState text="Reading the files and comparing checksums…" />;
  if (verification.state === 'failed') return <FailureNote failure={verification.failure} />;
  const { sound, images, faults, comparedWithSource } = verification.report;
  const bytes = images.reduce((sum, { checkedBytes }) => sum + checkedBytes, 0);
  if (sound) {
    return (
      <Note tone="success">
        Sound: {formatBytes(bytes)} in {images.length === 1 ? 'one image' : `${images.length} images`} match
        their checksums{comparedWithSource ? ' and the snapshot on the pool' : ''}.
      </Note>
    );
  }
  return (
    <Note tone="error">
      <p>This export is damaged:</p>
      <ul>
        {faults.map(({ file, offset, on, message, nextStep }, index) => (
          <li key={index}>
            <b>{file}</b>
            {offset !== undefined && ` at byte ${offset} of the ${on ?? 'file'}`}: {message} {nextStep}
          </li>
        ))}
      </ul>
    </Note>
  );
}
