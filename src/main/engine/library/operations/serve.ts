import { DEFAULT_LISTEN, serveExport } from '../serve';
import type { RunOperation } from './operation';

export const runServe: RunOperation<'serve'> = async ({ manifestPath }, _parts, { signal, ...hooks }) => {
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
};
