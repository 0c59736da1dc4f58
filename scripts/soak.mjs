// npm run soak: sets itself up and exports with random faults, bounded and seeded. `--help` shows the options.
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { ensureNodeModules } from './lib/node-modules.mjs';
import { ensureSystemPackages, packageSets } from './lib/system-packages.mjs';

const root = join(import.meta.dirname, '..');

ensureNodeModules();
ensureSystemPackages(packageSets.soak);
const { build } = await import('vite');
await build({
  root,
  configFile: false,
  logLevel: 'warn',
  ssr: { noExternal: true },
  build: {
    ssr: true,
    outDir: 'out/soak',
    target: 'node20.18',
    sourcemap: true,
    rolldownOptions: {
      input: { main: 'test/soak/main.ts', 'mortal-worker': 'test/soak/mortal-worker.ts' },
      output: { format: 'es', entryFileNames: '[name].js' },
    },
  },
});
// The judge of VHD chains is no module of the bundle.
cpSync(join(root, 'test/fixtures/read-vhd-chain.py'), join(root, 'out/soak/read-vhd-chain.py'));
const env = { ...process.env };
if (!process.argv.includes('--help')) {
  const { ensureBuild } = await import('./lib/build.mjs');
  if (!env.DELTASCOPE_OUT) ensureBuild();
  env.DELTASCOPE_OUT ??= join(root, 'out/main');
}
const { status } = spawnSync(
  process.execPath,
  ['--enable-source-maps', '--expose-gc', 'out/soak/main.js', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', env },
);
process.exit(status ?? 1);
