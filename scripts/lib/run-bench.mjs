// Sets itself up, bundles one file of test/bench and runs it beside the app's Electron.
import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { ensureNodeModules } from './node-modules.mjs';
import { ensureSystemPackages, packageSets } from './system-packages.mjs';

const root = join(import.meta.dirname, '../..');

/** Runs `entry` with this process's arguments; resolves to its exit code. */
export async function runBench(entry) {
  ensureNodeModules();
  ensureSystemPackages(packageSets.tests);
  const { ensureBuild } = await import('./build.mjs');
  ensureBuild();
  const { build } = await import('vite');
  const name = basename(entry, '.ts');
  const outDir = `out/bench-${name}`;
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: entry,
      outDir,
      target: 'node20.18',
      sourcemap: true,
      rolldownOptions: { output: { format: 'es', entryFileNames: '[name].js' } },
    },
  });
  const { status } = spawnSync(
    process.execPath,
    ['scripts/with-electron.mjs', 'node', join(outDir, `${name}.js`), ...process.argv.slice(2)],
    { cwd: root, stdio: 'inherit' },
  );
  return status ?? 1;
}
