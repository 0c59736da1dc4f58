import { join } from 'node:path';
import type { Contestant } from './contestant';
import { runIn, type Runtime } from './runtime';

interface Options {
  readonly runtime?: Runtime;
  readonly connections?: number;
  readonly increment?: boolean;
}

/** Xen Orchestra's published packages, in a process of their own. */
export function xenOrchestra(writes: 'vhd' | 'qcow2', options: Options = {}): Contestant {
  const { runtime = 'node', connections = 1, increment } = options;
  return {
    name: `Xen Orchestra ${writes}${runtime === 'electron' ? ' (Electron)' : ''}`,
    writes,
    isFull: !increment,
    command: ({ programs, tlsFolder, changed }, server, transport, output) => {
      if (programs.xenOrchestra === undefined) return undefined;
      const settings = {
        port: server.port,
        connections,
        format: writes,
        output,
        ...(transport === 'plain' ? {} : { caFile: join(tlsFolder, 'ca-cert.pem') }),
        ...(increment ? { changedFile: changed.bitmapFile } : {}),
      };
      return runIn(runtime, programs, [programs.xenOrchestra, JSON.stringify(settings)]);
    },
  };
}
