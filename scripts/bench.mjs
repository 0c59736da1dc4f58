// npm run bench: sets itself up, measures the engine beside its peers, and prints tables. `--help` shows the options.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureNodeModules } from './lib/node-modules.mjs';
import { ensureSystemPackages, packageSets } from './lib/system-packages.mjs';

const root = join(import.meta.dirname, '..');

ensureNodeModules();
ensureSystemPackages(packageSets.bench);
const { build } = await import('vite');
await build({
  root,
  configFile: false,
  logLevel: 'warn',
  ssr: { noExternal: true },
  build: {
    ssr: 'test/bench/main.ts',
    outDir: 'out/bench',
    target: 'node20.18',
    sourcemap: true,
    rolldownOptions: { output: { format: 'es', entryFileNames: '[name].js' } },
  },
});
const env = { ...process.env };
if (!process.argv.includes('--help')) {
  const { ensureBuild } = await import('./lib/build.mjs');
  if (!env.DELTASCOPE_OUT) ensureBuild();
  const { resolveElectron } = await import('./lib/electron-runtime.mjs');
  env.BENCH_ELECTRON ??= (await resolveElectron()).executable;
}
const { status } = spawnSync(
  process.execPath,
  ['--enable-source-maps', 'out/bench/main.js', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', env },
);
process.exit(status ?? 1);
