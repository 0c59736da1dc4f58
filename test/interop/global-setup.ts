import { spawnSync } from 'node:child_process';

/** Workers and the command line run from `out/`, as they do once installed. */
export default function setup(): void {
  const build = spawnSync(process.execPath, ['scripts/ensure-build.mjs'], { stdio: 'inherit' });
  if (build.status !== 0) throw new Error('the build failed');
}
