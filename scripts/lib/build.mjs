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
  const built = ['main/index.js', 'main/cli.js', 'preload/index.cjs', 'renderer/index.html'].map((file) =>
    join(root, 'out', file),
  );
  const sources = ['src', 'electron.vite.config.ts', 'package-lock.json'].map((file) => join(root, file));
  if (built.every(existsSync)) {
    const oldest = Math.min(...built.map((file) => statSync(file).mtimeMs));
    if (oldest > Math.max(...sources.map(newest))) return;
  }
  say('building');
  const vite = join(root, 'node_modules/electron-vite/bin/electron-vite.js');
  const build = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (build.status !== 0) stop('The build failed; see above.');
}
