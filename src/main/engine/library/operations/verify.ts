import type { Result } from '../../../../shared/model/result';
import type { VerifyReport } from '../../../../shared/model/library';
import type { LibraryRequestOf, LibraryResult } from '../../../../shared/model/library-operation';
import { verifyAgainstSource } from '../verify/against-source';
import { verifyExport, type VerifyOptions } from '../verify/verify';
import type { OperationHooks, RunOperation } from './operation';

type Hooks = Omit<OperationHooks, 'jobId'>;

export const runVerify: RunOperation<'verify'> = async (request, parts, hooks) => {
  const { source } = request;
  if (!source) return verifyFiles(request, hooks);
  const pool = parts.connection(source.poolId);
  if (!pool.ok) return pool;
  const { signal, progress: onProgress } = hooks;
  const { manifestPath } = request;
  return resultOf(await verifyAgainstSource(pool.value, manifestPath, source.blocks, { signal, onProgress }));
};

/** The files alone. */
export const verifyFiles = async (
  request: LibraryRequestOf<'verify'>,
  hooks: Hooks,
): Promise<Result<LibraryResult>> =>
  resultOf(await verifyExport(request.manifestPath, optionsOf(request, hooks)));

const resultOf = (report: Result<VerifyReport>): Result<LibraryResult> =>
  report.ok ? { ok: true, value: { kind: 'verify', report: report.value } } : report;

const optionsOf = ({ chain }: LibraryRequestOf<'verify'>, { signal, progress }: Hooks): VerifyOptions => ({
  chain,
  signal,
  onProgress: progress,
});
