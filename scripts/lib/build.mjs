import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { say, stop } from './log.mjs';

const root = join(import.meta.dirname, '../..');

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** Builds `out/` unless it is newer than every source. */
export function ensureBuild() {
  const built = [
    'out/main/index.js',
    'out/main/cli.js',
    'out/preload/index.cjs',
    'out/renderer/index.html',
    'resources/third-party-notices.txt',
  ].map((file) => join(root, file));
  const sources = ['src', 'electron.vite.config.ts', 'package-lock.json'].map((file) => join(root, file));
  if (built.every(existsSync)) {
    const oldest = Math.min(...built.map((file) => statSync(file).mtimeMs));
    if (oldest > Math.max(...sources.map(newest))) return;
  }
  say('building');
  const vite = join(root, 'node_modules/electron-vite/bin/electron-vite.js');
  for (const step of [[vite, 'build', '--logLevel', 'warn'], [join(root, 'scripts/make-notices.mjs')]]) {
    const { status } = spawnSync(process.execPath, step, { cwd: root, stdio: ['ignore', 2, 2] });
    if (status !== 0) stop('The build failed; see above.');
  }
}
