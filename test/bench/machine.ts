import { cpus, release, totalmem } from 'node:os';
import type { Programs } from './contestant';
import { run } from './measure';
import { runIn } from './runtime';

/** What the numbers depend on, one line each. */
export async function describeMachine(programs: Programs): Promise<string[]> {
  const firstLine = async (program: string, ...args: string[]): Promise<string> =>
    (await run({ program, args })).split('\n')[0].trim();
  const inElectron = runIn('electron', programs, ['-p', 'process.versions.electron']);
  const electron = inElectron ? [`Electron ${(await run(inElectron)).trim()}`] : [];
  return [
    `${cpus().length} × ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 1024 ** 3)} GiB of memory, Linux ${release()}`,
    [`Node ${process.versions.node}`, ...electron].join(', '),
    [
      await firstLine('nbdkit', '--version'),
      await firstLine('nbdcopy', '--version'),
      await firstLine('qemu-img', '--version'),
    ].join(', '),
  ];
}
