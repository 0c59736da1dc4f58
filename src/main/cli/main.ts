import { fileURLToPath } from 'node:url';
import { copyInWorker } from '../engine/export/copy/worker-client';
import { endThreads } from '../threads/threads';

/** Entry of `deltascope` outside of the window; the workers lie beside it in the bundle. */
const file = (path: string): URL => new URL(path, import.meta.url);
const argv = process.argv.slice(2);
// Before the rest is loaded: both take about as long.
const startCopy = copyInWorker(file('./copy-worker.js'), { ahead: argv[0] === 'copy' });
const [{ processIo }, { runCli }] = await Promise.all([import('./io'), import('./run-cli')]);

const files = {
  libraryWorker: file('./library-worker.js'),
  demoPoolWorker: file('./demo-pool-worker.js'),
  // Installed, the bundle lies in app.asar and the disks beside it.
  demoDisks: fileURLToPath(
    file(import.meta.url.includes('/app.asar/') ? '../../../demo-disks' : '../../resources/demo-disks'),
  ),
};
process.exitCode = await runCli(argv, processIo(), files, startCopy);
if (!(await endThreads(5000))) {
  process.stderr.write('All is done, but a thread of this program does not end. It is ended by force.\n');
  process.kill(process.pid, 'SIGKILL');
}
