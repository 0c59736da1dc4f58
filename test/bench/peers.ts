import type { Contestant, ImageKind } from './contestant';

/** nbdcopy of libnbd: the fastest known copier of NBD exports; raw only. */
export function nbdcopy(writes: 'raw' | 'none', flush = false): Contestant {
  return {
    name: `nbdcopy ${writes}`,
    writes,
    isFull: writes === 'raw',
    command: (arena, server, transport, output) => ({
      program: 'nbdcopy',
      args: [
        ...(flush ? ['--flush'] : []),
        transport === 'plain' ? server.uri : `${server.uri}?tls-certificates=${arena.tlsFolder}`,
        writes === 'none' ? 'null:' : output,
      ],
    }),
  };
}

const QEMU_FORMAT: Record<ImageKind, string> = { raw: 'raw', vhd: 'vpc', qcow2: 'qcow2' };

export function qemuImg(writes: ImageKind): Contestant {
  return {
    name: `qemu-img ${writes}`,
    writes,
    isFull: true,
    command: (arena, server, transport, output) => {
      const tls = transport !== 'plain';
      const object = `tls-creds-x509,id=tls0,dir=${arena.tlsFolder},endpoint=client`;
      const source = `driver=nbd,host=127.0.0.1,port=${server.port}${tls ? ',tls-creds=tls0' : ''}`;
      return {
        program: 'qemu-img',
        args: [
          'convert',
          ...(tls ? ['--object', object] : []),
          '--image-opts',
          source,
          '-O',
          QEMU_FORMAT[writes],
          ...(writes === 'vhd' ? ['-o', 'force_size=on'] : []),
          output,
        ],
      };
    },
  };
}

/** A small C program on libnbd that is told the same extents: the least that such a copy can cost. */
export const readExtents: Contestant = {
  name: 'libnbd raw',
  writes: 'raw',
  isFull: false,
  command: ({ programs, tlsFolder, changed }, server, transport, output) => {
    if (programs.readExtents === undefined) return undefined;
    const uri = transport === 'plain' ? server.uri : `${server.uri}?tls-certificates=${tlsFolder}`;
    return { program: programs.readExtents, args: [uri, changed.extentsFile, output] };
  },
};
