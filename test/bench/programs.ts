import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Programs } from './contestant';
import { run } from './measure';

/** The repository; this file is bundled into `out/bench`. */
const root = join(import.meta.dirname, '../..');
const here = join(root, 'test/bench');

/** Finds or makes what takes part. What cannot be had is named and left out. */
export async function findPrograms(folder: string, say: (text: string) => void): Promise<Programs> {
  const attempt = async (name: string, make: () => Promise<string>): Promise<string | undefined> => {
    try {
      return await make();
    } catch (error) {
      say(`${name} is left out: ${(error as Error).message.trim().split('\n').slice(0, 4).join(' ')}`);
      return undefined;
    }
  };
  const electron = process.env.BENCH_ELECTRON;
  if (electron === undefined) say('Electron is left out: no runtime was found');
  return {
    cli: join(process.env.DELTASCOPE_OUT ?? join(root, 'out/main'), 'cli.js'),
    electron: electron && (await attempt('Electron', () => nodeInElectron(electron))),
    xenOrchestra: await attempt('Xen Orchestra', installXenOrchestra),
    readExtents: await attempt('the libnbd program', () => compile(folder, 'read-extents', '-lnbd')),
    keepWarm: await attempt('keeping memory warm', () => compile(folder, 'keep-warm')),
  };
}

/** Whether this build of Electron lets itself be run as Node, which a fuse may forbid. */
async function nodeInElectron(program: string): Promise<string> {
  const answer = await run({ program, args: ['-p', '1 + 1'], env: { ELECTRON_RUN_AS_NODE: '1' } });
  if (answer.trim() !== '2') throw new Error('it does not run as Node');
  return program;
}

async function installXenOrchestra(): Promise<string> {
  const folder = join(here, 'xo');
  if (!existsSync(join(folder, 'node_modules/vhd-lib'))) {
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock', '--loglevel=error'];
    await run({ program: 'npm', args: ['install', '--prefix', folder, ...quiet] });
  }
  return join(folder, 'pipeline.mjs');
}

async function compile(folder: string, name: string, ...libraries: string[]): Promise<string> {
  const program = join(folder, name);
  await run({ program: 'cc', args: ['-O2', '-o', program, join(here, `${name}.c`), ...libraries] });
  return program;
}
