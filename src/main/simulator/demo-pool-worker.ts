import { parentPort, workerData } from 'node:worker_threads';
import { startDemoPool } from './demo-pool';
import { launchOptionsSchema, type WorkerMessage } from './launch-demo-pool';

/** Entry of the worker thread that the demo pool lives in, so that its work never holds up the app. */
const port = parentPort!;
const tell = (message: WorkerMessage): void => port.postMessage(message);

try {
  const pool = await startDemoPool(launchOptionsSchema.parse(workerData));
  port.once('message', () => {
    void pool.close().then(() => port.close());
  });
  const { url, user, password, fingerprint, certPem } = pool;
  tell({ kind: 'started', access: { url, user, password, fingerprint, certPem } });
} catch (error) {
  tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  port.close();
}
