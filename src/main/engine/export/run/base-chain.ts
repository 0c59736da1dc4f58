import { fail } from '../../../../shared/model/failure';
import type { DiskPlan } from '../../../../shared/model/export-plan';
import { unwrap } from '../../../../shared/model/result';
import { MAX_IMAGES } from '../../image/index';
import { chainOf, demandWholeChain, stateOf, type ChainLink } from '../../library/chain';
import { proveRaw } from './prove-raw';

/**
 * The chain that an increment builds on, newest first. Time has passed since the plan: it must still be the export that
 * the changed blocks were listed against, with whole images. A raw increment copies its base, so that is proved first.
 * @throws FailureError `base-changed`, `image-chain-too-long`, `image-cut`, `image-replaced`, `image-block-damaged`, or a failure of the chain.
 */
export async function chainOfBase(
  { manifestPath, snapshotUuid }: NonNullable<DiskPlan['base']>,
  diskUuid: string,
  signal: AbortSignal,
): Promise<ChainLink[]> {
  const chain = unwrap(await chainOf(manifestPath));
  const { disk, snapshot, image } = chain[0].manifest;
  if (disk.uuid !== diskUuid || snapshot.uuid !== snapshotUuid) {
    fail({
      code: 'base-changed',
      message: `${manifestPath} is not the export any more that this increment was planned on.`,
      nextStep: 'Plan the export again.',
      details: `planned on snapshot ${snapshotUuid}, found ${snapshot.uuid}`,
    });
  }
  demandRoom(chain);
  await demandWholeChain(chain);
  if (image.format !== 'raw') return chain;
  const [newest, ...below] = chain;
  const provedState = await stateOf(newest.imagePath);
  await proveRaw(chain, signal);
  return [{ ...newest, provedState }, ...below];
}

/** One more image must still be readable with all below it, down to the full or to a raw one, which holds the whole disk. */
function demandRoom(chain: readonly ChainLink[]): void {
  const whole = chain.findIndex(({ manifest }) => manifest.image.format === 'raw');
  const images = whole < 0 ? chain.length : whole + 1;
  if (images < MAX_IMAGES) return;
  fail({
    code: 'image-chain-too-long',
    message: `${chain[0].imagePath} has ${images} images in its chain: with a further one it could not be read any more.`,
    nextStep: 'Take a new full export (mode “full”); the next increments build on that.',
  });
}
