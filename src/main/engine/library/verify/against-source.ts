import type { SourceBlocks } from '../../../../shared/model/library-operation';
import type { VerifyReport } from '../../../../shared/model/library';
import { attempt, unwrap, type Result } from '../../../../shared/model/result';
import { readManifest } from '../../export/files/manifest-file';
import type { PoolOfSnapshots } from '../../export/run/nbd-place';
import { openSnapshot } from '../../export/run/snapshot-source';
import { verifyExport, type VerifyOptions } from './verify';

/** Connections with which a snapshot is read. */
export const SOURCE_CONNECTIONS = 2;

/** The snapshot is not on the pool any more, or holds its change log alone: the common end of an export's snapshot. */
const GONE = new Set(['object-gone', 'disk-type-unsuitable']);
export const isSourceGone = (code: string): boolean => GONE.has(code);

/**
 * Proves an export with its whole chain, and compares it with the snapshot that it was made from. Waits a while for a
 * snapshot that is busy. Fails when the snapshot cannot be read; see {@link isSourceGone}.
 */
export const verifyAgainstSource = (
  pool: PoolOfSnapshots,
  manifestPath: string,
  blocks: SourceBlocks,
  options: Omit<VerifyOptions, 'againstSource' | 'chain'>,
): Promise<Result<VerifyReport>> =>
  attempt(async () => {
    const { snapshot } = unwrap(await readManifest(manifestPath));
    const source = unwrap(await openSnapshot(pool, snapshot.uuid, SOURCE_CONNECTIONS, options.signal));
    try {
      return unwrap(
        await verifyExport(manifestPath, { ...options, chain: true, againstSource: { source, blocks } }),
      );
    } finally {
      await source.close();
    }
  });
