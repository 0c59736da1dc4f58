import { restoreExport } from '../restore/restore';
import type { RunOperation } from './operation';

export const runRestore: RunOperation<'restore'> = async (request, parts, hooks) => {
  const { connection, jobsFolder, workerFile } = parts;
  const pool = connection(request.poolId);
  if (!pool.ok) return pool;
  const disk = await restoreExport(pool.value, request.manifestPath, request, {
    ...hooks,
    jobsFolder,
    workerFile,
  });
  return disk.ok ? { ok: true, value: { kind: 'restore', disk: disk.value } } : disk;
};
