import { fileURLToPath } from 'node:url';
import { compileWithinThreads } from '../engine/compile-within-threads';
import { processIo } from './io';
import { runCli } from './run-cli';

/** Entry of `deltascope` outside of the window; the workers lie beside it in the bundle. */
const file = (path: string): URL => new URL(path, import.meta.url);

compileWithinThreads();
process.exitCode = await runCli(process.argv.slice(2), processIo(), {
  copyWorker: file('./copy-worker.js'),
  libraryWorker: file('./library-worker.js'),
  demoPoolWorker: file('./demo-pool-worker.js'),
  // Installed, the bundle lies in app.asar and the disks beside it.
  demoDisks: fileURLToPath(
    file(import.meta.url.includes('/app.asar/') ? '../../../demo-disks' : '../../resources/demo-disks'),
  ),
});
