import { fail, FailureError, toFailure, type Failure } from '../../../shared/model/failure';
import { unwrap } from '../../../shared/model/result';
import { chainOf, demandWholeChain, stateOf, type ChainLink } from './chain';

/**
 * The chain that an increment was made on is still there as it was: the same exports, with whole images, and nobody has
 * written to one that was proved. Copying takes hours, in which somebody may tidy up.
 * @param links newest first, not empty
 * @throws FailureError `base-lost`, which says why.
 */
export async function demandSameChain(links: readonly ChainLink[]): Promise<void> {
  const [{ manifestPath }] = links;
  try {
    const found = unwrap(await chainOf(manifestPath));
    const at = links.findIndex((link, index) => !isSame(link, found[index]));
    if (at >= 0) fail(replaced(links[at]));
    await demandWholeChain(found);
    await demandUnwritten(links[0]);
  } catch (error) {
    throw baseLost(manifestPath, toFailure(error));
  }
}

/** The base of an increment that is under way cannot be used as it is. It may come back, so the increment can wait. */
export const baseLost = (manifestPath: string, { code, message, details }: Failure): FailureError =>
  new FailureError({
    code: 'base-lost',
    message: `The base ${manifestPath} is not what it was when this increment was begun: ${message}`,
    nextStep: 'Put the base back as it was, then resume. Or cancel, and take a new full export.',
    details: details === undefined ? code : `${code}: ${details}`,
  });

/** What was copied from it since may not be what was proved. */
async function demandUnwritten({ imagePath, provedState }: ChainLink): Promise<void> {
  if (provedState === undefined) return;
  const now = await stateOf(imagePath);
  if (now === provedState) return;
  fail({
    code: 'image-changed',
    message: `${imagePath} was written to meanwhile.`,
    nextStep: 'Let nothing write to the images of exports.',
    details: `${provedState}; now ${now}`,
  });
}

const isSame = ({ manifest }: ChainLink, now: ChainLink | undefined): boolean =>
  manifest.id === now?.manifest.id && manifest.checksums.sha256 === now.manifest.checksums.sha256;

const replaced = ({ manifestPath, manifest }: ChainLink): Failure => ({
  code: 'parent-swapped',
  message: `${manifestPath} is another export now.`,
  nextStep: 'Put the export that was there back.',
  details: `expected export ${manifest.id}`,
});
