import { rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { unwrap, attempt, type Result } from '../../../shared/model/result';
import type { CopyOutcome } from '../export/copy/request';
import type { RunningCopy, StartCopy } from '../export/copy/worker-client';
import { partialName } from '../export/files/names';
import { demandNew, publishNew } from '../export/files/new-file';
import { demandSameFiles } from '../export/files/same-file';
import { syncFolder } from '../export/files/sync-folder';
import type { ImageFormat } from '../image/types';
import { chainOf } from './chain';
import { chainImages } from './chain-images';

/**
 * Writes what a chain reads as one full image; every block is compared with its checksum on the way.
 * @param follow waits for the copy; gets it to show progress or cancel.
 * Fails with `target-exists`, `image-block-damaged`, or a failure of the chain; no file is left then.
 */
export function flatten(
  manifestPath: string,
  to: string,
  format: ImageFormat,
  startCopy: StartCopy,
  follow: (running: RunningCopy) => Promise<Result<CopyOutcome>>,
): Promise<Result<CopyOutcome>> {
  return attempt(async () => {
    const links = unwrap(await chainOf(manifestPath));
    const target = resolve(to);
    await demandNew(target);
    const partial = partialName(target);
    let isOurs = false;
    const running = startCopy(
      {
        source: { kind: 'chain', images: chainImages(links) },
        expectedSizeBytes: links[0].manifest.sizeBytes,
        extents: { kind: 'used' },
        target: { format, path: partial, finalPath: target },
      },
      { onConnected: () => (isOurs = true) },
    );
    const outcome = await follow(running);
    if (!outcome.ok) {
      if (isOurs) await rm(partial, { force: true });
      return unwrap(outcome);
    }
    await demandSameFiles(outcome.value.files);
    await publishNew(partial, target);
    await syncFolder(dirname(target));
    return outcome.value;
  });
}
