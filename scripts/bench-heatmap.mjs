// npm run bench:heatmap: sets itself up and measures the heatmap in the app's own window, beside drawing every block on
// a plain canvas. `--json` prints nothing but the numbers.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureNodeModules } from './lib/node-modules.mjs';
import { ensureSystemPackages, packageSets } from './lib/system-packages.mjs';

const root = join(import.meta.dirname, '..');

ensureNodeModules();
ensureSystemPackages(packageSets.tests);
const { ensureBuild } = await import('./lib/build.mjs');
ensureBuild();
const { build } = await import('vite');
await build({
  root,
  configFile: false,
  logLevel: 'warn',
  build: {
    ssr: 'test/bench/heatmap.ts',
    outDir: 'out/bench-heatmap',
    target: 'node20.18',
    sourcemap: true,
    rolldownOptions: { output: { format: 'es', entryFileNames: '[name].js' } },
  },
});
const { status } = spawnSync(
  process.execPath,
  ['scripts/with-electron.mjs', 'node', 'out/bench-heatmap/heatmap.js', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
