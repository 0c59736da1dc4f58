import { join } from 'node:path';
import type { Contestant, ImageKind } from './contestant';
import { runIn, type Runtime } from './runtime';

interface Options {
  readonly runtime?: Runtime;
  readonly connections?: number;
  /** The server is known to allow several connections though it does not say so, as a pool's hosts are. */
  readonly multiConn?: boolean;
  readonly checksums?: boolean;
  readonly increment?: boolean;
}

/** Our own command line, as a user starts it. */
export function deltascope(writes: ImageKind | 'none', options: Options = {}, suffix = ''): Contestant {
  const { runtime = 'node', connections, multiConn, checksums, increment } = options;
  return {
    name: `deltascope ${writes}${suffix}${runtime === 'electron' ? ' (Electron)' : ''}`,
    writes,
    isFull: !increment && writes !== 'none',
    command: (arena, server, transport, output) => {
      const args = [arena.programs.cli, 'copy', server.uri, writes === 'none' ? 'null:' : output, '--json'];
      if (writes !== 'none') args.push('--format', writes);
      if (transport !== 'plain') args.push('--ca', join(arena.tlsFolder, 'ca-cert.pem'));
      if (connections !== undefined) args.push('--connections', String(connections));
      if (multiConn) args.push('--multi-conn');
      if (checksums) args.push('--checksums', `${output}.sums`);
      if (increment) args.push('--changed', arena.changed.bitmapFile);
      // A raw increment starts as a copy of its base, which the program in C does not make.
      if (increment && writes !== 'none' && writes !== 'raw') args.push('--base', arena.bases[writes]);
      return runIn(runtime, arena.programs, args);
    },
  };
}
