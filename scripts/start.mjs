// npm start: sets itself up and opens the app on the demo pool; without a display it runs the same job headless.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { hasDisplay } from './lib/display.mjs';
import { say } from './lib/log.mjs';
import { ensureNodeModules } from './lib/node-modules.mjs';
import { ensureSystemPackages, packageSets } from './lib/system-packages.mjs';

const root = join(import.meta.dirname, '..');
const run = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;

ensureNodeModules();
if (hasDisplay()) ensureSystemPackages(packageSets.window);
const { ensureBuild } = await import('./lib/build.mjs');
ensureBuild();
if (hasDisplay()) {
  process.exit(
    run('scripts/with-electron.mjs', 'electron', '.', '--log-level=3', '--demo', ...process.argv.slice(2)),
  );
}
say('there is no display, so no window can be shown; running the main job headless on the demo pool instead');
process.exit(run('out/main/cli.js', 'tour', ...process.argv.slice(2)));
