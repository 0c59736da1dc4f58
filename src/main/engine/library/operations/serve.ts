import type { LibraryRequestOf, LibraryResult } from '../../../../shared/model/library-operation';
import type { Result } from '../../../../shared/model/result';
import { DEFAULT_LISTEN, serveExport } from '../serve';
import type { OperationHooks } from './operation';

/** Serves until it is cancelled, which is how it ends well. */
export async function runServe(
  { manifestPath }: LibraryRequestOf<'serve'>,
  { signal, ...hooks }: Omit<OperationHooks, 'jobId'>,
): Promise<Result<LibraryResult>> {
  let bytes = 0;
  const served = await serveExport(manifestPath, {
    listen: DEFAULT_LISTEN,
    onRead: (more) => hooks.progress('serving', (bytes += more), 0),
  });
  if (!served.ok) return served;
  const { uri } = served.value;
  if (!signal.aborted) {
    hooks.serving(uri);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }
  await served.value.close();
  return { ok: true, value: { kind: 'serve', uri } };
}
