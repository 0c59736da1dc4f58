import type { Storage } from '../../../shared/model/inventory';
import type { Manifest } from '../../../shared/model/manifest';
import { formatBytes } from '../../platform/format';
import { Note } from '../../ui/note';
import { freeBytes } from './restore-targets';

export interface RestorePlanProps {
  readonly manifest: Manifest;
  readonly storage: Storage;
  readonly prove: boolean;
  /** Verifying found that the export, or one that it builds on, is damaged. */
  readonly isDamaged: boolean;
}

/** What restoring will do, before it does it. */
export function RestorePlan({ manifest: { sizeBytes }, storage, prove, isDamaged }: RestorePlanProps) {
  const free = freeBytes(storage);
  return (
    <>
      {isDamaged && (
        <Note tone="error">
          <p>This export, or one that it builds on, was found damaged.</p>
          <p className="ds-note-next">
            Restoring ends at the first damaged block. Bring the image back from where it was copied, verify
            the chain, then restore.
          </p>
        </Note>
      )}
      {free < sizeBytes && (
        <Note tone="warning">
          <p>
            {storage.name} has {formatBytes(free)} free, less than the disk’s {formatBytes(sizeBytes)}.
          </p>
          <p className="ds-note-next">
            Storage that keeps disks thin may still have room for it; choose another one to be sure.
          </p>
        </Note>
      )}
      <section className="ds-restore-plan" aria-label="What will happen">
        <h3 className="ds-field-name">What will happen</h3>
        <ol>
          <li>
            A new disk of {formatBytes(sizeBytes)} is made on {storage.name}. No existing disk is touched.
          </li>
          <li>
            The export and all that it builds on are sent to it. Every block is compared with its checksum on
            the way.
          </li>
          {prove && <li>The new disk is read back and compared once more.</li>}
          <li>It stays without a VM: you attach it to one on the pool.</li>
        </ol>
        <p className="ds-muted">If anything goes wrong, or you cancel, the new disk is removed again.</p>
      </section>
    </>
  );
}
