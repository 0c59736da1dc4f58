import { parseAddress } from '../transport/address';
import { pinnedAgent } from '../transport/pinned-tls';
import { exportRawDisk, importRawDisk, type DiskTransfers } from './raw-disk';
import type { RawSession } from './raw-session';

/** Where a pool's master is, and the SHA-256 (`AA:BB:…`) of the only certificate that is accepted from it. */
export interface PinnedPlace {
  readonly url: string;
  readonly fingerprint: string;
}

/** Transfers of a thread that has no session: over connections of its own, pinned as those of the session are. */
export interface RemoteTransfers extends DiskTransfers {
  /** Ends whatever is under way and closes the connections. */
  close(): Promise<void>;
}

/** @param session is asked in the thread that has it */
export function remoteTransfers({ url, fingerprint }: PinnedPlace, session: RawSession): RemoteTransfers {
  const dispatcher = pinnedAgent([fingerprint]);
  const route = { address: parseAddress(url), dispatcher, release: () => Promise.resolve() };
  return {
    exportRawVdi: (request) => exportRawDisk({ route, session }, request),
    importRawVdi: (request) => importRawDisk({ route, session }, request),
    close: () => dispatcher.destroy(),
  };
}
