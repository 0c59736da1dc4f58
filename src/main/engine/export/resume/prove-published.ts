import { fail } from '../../../../shared/model/failure';
import { attempt, unwrap } from '../../../../shared/model/result';
import { demandWhole, linkOf } from '../../library/chain';
import { verifyExport } from '../../library/verify/verify';
import { readManifest } from '../files/manifest-file';

/**
 * An export that was complete when its run was interrupted: its files may have been cut, changed or removed since, and a
 * job must not end with them unseen. All of the image is read, but for who has cancelled: then only the sizes count.
 * @throws FailureError `export-damaged`, which says what is wrong; or `cancelled`.
 */
export async function provePublished(manifestPath: string, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) {
    const whole = await attempt(async () =>
      demandWhole(linkOf(manifestPath, unwrap(await readManifest(manifestPath)))),
    );
    return whole.ok ? undefined : damaged(manifestPath, whole.failure.message);
  }
  const options = { chain: false, ...(signal ? { signal } : {}) };
  const { sound, faults } = unwrap(await verifyExport(manifestPath, options));
  if (!sound) damaged(manifestPath, faults[0]?.message ?? 'it cannot be read.');
}

const damaged = (manifestPath: string, why: string): never =>
  fail({
    code: 'export-damaged',
    message: `The export ${manifestPath} was complete when its job was interrupted, and is not as it was: ${why}`,
    nextStep: 'Put its files back as they were, then resume. Or cancel, and export the disk again.',
  });
