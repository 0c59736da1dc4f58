import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { copyInWorker } from '../engine/export/copy/worker-client';

// Young objects get no more room than at the start: with more the collector rests longer, and tens of MiB are kept for it.
setFlagsFromString('--semi-space-growth-factor=1');

/** Entry of `deltascope` outside of the window; the workers lie beside it in the bundle. */
const file = (path: string): URL => new URL(path, import.meta.url);
const argv = process.argv.slice(2);
// Before the rest is loaded: both take about as long.
const startCopy = copyInWorker(file('./copy-worker.js'), { ahead: argv[0] === 'copy' });
const [{ processIo }, { runCli }, { endWhenDone, tellStarter }] = await Promise.all([
  import('./io'),
  import('./run-cli'),
  import('./end-process'),
]);

const files = {
  libraryWorker: file('./library-worker.js'),
  demoPoolWorker: file('./demo-pool-worker.js'),
  // Installed, the bundle lies in app.asar and the disks beside it.
  demoDisks: fileURLToPath(
    file(import.meta.url.includes('/app.asar/') ? '../../../demo-disks' : '../../resources/demo-disks'),
  ),
};
const io = processIo();
const code = (await runCli(argv, io, files, startCopy)) || (io.lostCode ?? 0);
await io.ending.drained();
process.exitCode = code;
await tellStarter(code);
await endWhenDone(io.ending);
