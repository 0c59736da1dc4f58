import { fail, type Failure } from '../../../shared/model/failure';
import { attempt, unwrap, type Result } from '../../../shared/model/result';
import { blocksWithSums } from '../export/checksums/blocks-with-sums';
import { openCheckedChain } from '../export/copy/open-chain';
import { startNbdServer } from '../nbd/server/server';
import type { NbdAddress } from '../nbd/target';
import { chainOf } from './chain';
import { chainImages } from './chain-images';

/** Any program of this machine can reach it; no other machine can. */
export const DEFAULT_LISTEN: NbdAddress = { kind: 'tcp', host: '127.0.0.1', port: 0 };

export interface ServeOptions {
  readonly listen: NbdAddress;
  readonly onRead?: (bytes: number) => void;
  readonly onFailure?: (failure: Failure) => void;
}

export interface ServedExport {
  readonly uri: string;
  readonly sizeBytes: number;
  close(): Promise<void>;
}

/**
 * Offers what a chain reads as a read-only NBD export. Every block is compared with its checksum when it is read: a
 * damaged one is answered with an error, never with wrong data.
 * Fails with `listen-not-local`, `cannot-listen`, or a failure of the chain.
 */
export const serveExport = (manifestPath: string, options: ServeOptions): Promise<Result<ServedExport>> =>
  attempt(async () => {
    demandLocal(options.listen);
    const links = unwrap(await chainOf(manifestPath));
    const { sizeBytes, disk, snapshot } = links[0].manifest;
    const images = chainImages(links);
    const source = await openCheckedChain(images);
    try {
      const used = await blocksWithSums(images, sizeBytes);
      const description = `${disk.name}, ${snapshot.takenAt}`;
      const server = await startNbdServer({ ...options, disk: { source, used, description } });
      return {
        uri: server.uri,
        sizeBytes,
        close: async () => {
          await server.close();
          await source.close();
        },
      };
    } catch (error) {
      await source.close();
      throw error;
    }
  });

const LOOPBACK = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/;

/** Without TLS and without a login, everybody who reaches the server can read the disk. */
function demandLocal(listen: NbdAddress): void {
  if (listen.kind === 'unix' || LOOPBACK.test(listen.host)) return;
  fail({
    code: 'listen-not-local',
    message: `${listen.host} can be reached from other machines. The export would be served there to anybody, without encryption or login.`,
    nextStep:
      'Listen on 127.0.0.1, ::1 or a unix socket. To read it from elsewhere, forward the port, for example with "ssh -L".',
  });
}
