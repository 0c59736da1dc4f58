import { attempt, type Result } from '../../../../shared/model/result';
import type { RawSession } from '../../xapi';
// Not by the index of `xapi`: that would load what makes a session, too.
import { remoteTransfers } from '../../xapi/raw/remote-transfers';
import { fillDisk, type Filled, type FillHooks, type FillWork } from './fill';

/**
 * Fills a new disk in a thread that has no session, over connections of its own.
 * @param closed aborts when the session has ended: so do the transfers
 */
export async function fillRemotely(
  { place, ...request }: FillWork,
  session: RawSession,
  closed: AbortSignal,
  hooks: FillHooks,
): Promise<Result<Filled>> {
  const transfers = remoteTransfers(place, session);
  const close = (): void => void transfers.close();
  if (closed.aborted) close();
  closed.addEventListener('abort', close, { once: true });
  try {
    return await attempt(() => fillDisk(transfers, request, hooks));
  } finally {
    await transfers.close();
  }
}
