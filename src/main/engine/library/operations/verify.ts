import { attempt, unwrap, type Result } from '../../../../shared/model/result';
import type { VerifyReport } from '../../../../shared/model/library';
import type { LibraryRequestOf, LibraryResult } from '../../../../shared/model/library-operation';
import { openSnapshot } from '../../export/run/snapshot-source';
import { readManifest } from '../../export/files/manifest-file';
import { verifyExport, type VerifyOptions } from '../verify/verify';
import type { OperationHooks, OperationParts, RunOperation } from './operation';

/** Connections with which a snapshot is read. */
const CONNECTIONS = 2;

type Hooks = Omit<OperationHooks, 'jobId'>;

export const runVerify: RunOperation<'verify'> = async (request, parts, hooks) => {
  const { source } = request;
  if (!source) return verifyFiles(request, hooks);
  return resultOf(await againstSource(request, source, parts, hooks));
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

const againstSource = (
  request: LibraryRequestOf<'verify'>,
  { poolId, blocks }: NonNullable<LibraryRequestOf<'verify'>['source']>,
  { connection }: OperationParts,
  hooks: Hooks,
): Promise<Result<VerifyReport>> =>
  attempt(async () => {
    const { snapshot } = unwrap(await readManifest(request.manifestPath));
    const source = unwrap(await openSnapshot(unwrap(connection(poolId)), snapshot.uuid, CONNECTIONS));
    try {
      const againstSource = { source, blocks };
      return unwrap(
        await verifyExport(request.manifestPath, { ...optionsOf(request, hooks), againstSource }),
      );
    } finally {
      await source.close();
    }
  });
