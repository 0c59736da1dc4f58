import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BroadcastChannel } from 'node:worker_threads';
import { outFolder } from '../fixtures/cli';
import { DEATH } from './death';

/** The engine's copy worker, which dies without a word when it is told to. */
const channel = new BroadcastChannel(DEATH);
channel.onmessage = () => process.exit(9);
channel.unref();
await import(/* @vite-ignore */ pathToFileURL(join(outFolder, 'copy-worker.js')).href);
