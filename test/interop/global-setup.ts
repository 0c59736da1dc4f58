import { spawnSync } from 'node:child_process';
import type { TestProject } from 'vitest/node';
import type { HostCertificate } from '../../src/main/simulator/certificate';
import { hostCertificates } from '../../src/main/simulator/demo-pool';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of all quick demo pools: making them takes longer than starting one. */
    hostCertificates: HostCertificate[];
  }
}

/** Workers and the command line run from `out/`, as they do once installed. */
export default async function setup(project: TestProject): Promise<void> {
  const build = spawnSync(process.execPath, ['scripts/ensure-build.mjs'], { stdio: 'inherit' });
  if (build.status !== 0) throw new Error('the build failed');
  project.provide('hostCertificates', await hostCertificates());
}
