import type { Result } from '../../../../shared/model/result';
import type { VerifyReport } from '../../../../shared/model/library';
import type { LibraryRequestOf, LibraryResult } from '../../../../shared/model/library-operation';
import type { PoolOfSnapshots } from '../../export/run/nbd-place';
import { verifyAgainstSource } from '../verify/against-source';
import { verifyExport } from '../verify/verify';
import type { OperationHooks } from './operation';

/** @param poolOf where the source is that the request names */
export async function runVerify(
  { manifestPath, chain, source }: LibraryRequestOf<'verify'>,
  poolOf: (poolId: string) => Result<PoolOfSnapshots>,
  { signal, progress: onProgress }: Pick<OperationHooks, 'signal' | 'progress'>,
): Promise<Result<LibraryResult>> {
  if (!source) return resultOf(await verifyExport(manifestPath, { chain, signal, onProgress }));
  const pool = poolOf(source.poolId);
  if (!pool.ok) return pool;
  return resultOf(await verifyAgainstSource(pool.value, manifestPath, source.blocks, { signal, onProgress }));
}

const resultOf = (report: Result<VerifyReport>): Result<LibraryResult> =>
  report.ok ? { ok: true, value: { kind: 'verify', report: report.value } } : report;
