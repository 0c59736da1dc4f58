import { fileURLToPath } from 'node:url';
import { endThreads } from '../threads/threads';
import { processIo } from './io';
import { runCli } from './run-cli';

/** Entry of `deltascope` outside of the window; the workers lie beside it in the bundle. */
const file = (path: string): URL => new URL(path, import.meta.url);

process.exitCode = await runCli(process.argv.slice(2), processIo(), {
  copyWorker: file('./copy-worker.js'),
  libraryWorker: file('./library-worker.js'),
  demoPoolWorker: file('./demo-pool-worker.js'),
  // Installed, the bundle lies in app.asar and the disks beside it.
  demoDisks: fileURLToPath(
    file(import.meta.url.includes('/app.asar/') ? '../../../demo-disks' : '../../resources/demo-disks'),
  ),
});
if (!(await endThreads(5000))) {
  process.stderr.write('All is done, but a thread of this program does not end. It is ended by force.\n');
  process.kill(process.pid, 'SIGKILL');
}
