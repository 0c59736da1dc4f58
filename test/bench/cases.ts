import type { Contestant } from './contestant';
import { deltascope } from './deltascope';
import { nbdcopy, qemuImg, readExtents } from './peers';
import type { ServerKind, Transport } from './servers';
import { xenOrchestra } from './xen-orchestra';

/** Contestants that take turns on one server. */
export interface Case {
  readonly name: string;
  readonly title: string;
  readonly server: ServerKind;
  readonly transport: Transport;
  readonly contestants: readonly Contestant[];
  /** Where output goes: memory (default), or a real disk, flushed. */
  readonly target?: 'disk';
  /** Part of `--quick`. */
  readonly quick: boolean;
}

const everyFormat = [deltascope('none'), deltascope('raw'), deltascope('vhd'), deltascope('qcow2')];
const peers = [
  nbdcopy('none'),
  nbdcopy('raw'),
  qemuImg('raw'),
  qemuImg('vhd'),
  qemuImg('qcow2'),
  xenOrchestra('vhd'),
];
const inElectron = [deltascope('vhd', { runtime: 'electron' }), xenOrchestra('vhd', { runtime: 'electron' })];
const withChecksums = (['raw', 'vhd', 'qcow2'] as const).map((format) =>
  deltascope(format, { checksums: true }, ' + checksums'),
);

const full = (transport: Transport, name: string, contestants: readonly Contestant[]): Case => ({
  name,
  title: `Full, ${transport}`,
  server: 'parallel',
  transport,
  contestants,
  quick: name !== 'full-tls13',
});
const increment = (transport: Transport, name: string): Case => ({
  name,
  title: `Increment, 5 % changed, ${transport}`,
  server: 'parallel',
  transport,
  contestants: [
    ...(['none', 'raw', 'vhd', 'qcow2'] as const).map((kind) => deltascope(kind, { increment: true })),
    readExtents,
    xenOrchestra('vhd', { increment: true }),
    xenOrchestra('qcow2', { increment: true }),
  ],
  quick: name === 'increment-plain',
});

export const cases: readonly Case[] = [
  full('plain', 'full-plain', [
    ...everyFormat,
    ...withChecksums,
    ...peers,
    xenOrchestra('qcow2'),
    ...inElectron,
  ]),
  full('TLS 1.2', 'full-tls12', [...everyFormat, ...peers, ...inElectron]),
  full('TLS 1.3', 'full-tls13', [...everyFormat, ...peers]),
  increment('plain', 'increment-plain'),
  increment('TLS 1.2', 'increment-tls12'),
  {
    name: 'serial',
    title: 'Full, serial server, 1 ms per read (xapi-nbd’s manner)',
    server: 'serial',
    transport: 'plain',
    contestants: [
      deltascope('raw', { connections: 4, multiConn: true }),
      deltascope('vhd', { connections: 4, multiConn: true }),
      nbdcopy('raw'),
      qemuImg('vhd'),
      xenOrchestra('vhd', { connections: 4 }),
    ],
    quick: true,
  },
  {
    name: 'latency',
    title: 'Full, 2 ms before each read',
    server: 'latency',
    transport: 'plain',
    contestants: [
      deltascope('none'),
      deltascope('raw'),
      nbdcopy('none'),
      nbdcopy('raw'),
      xenOrchestra('vhd'),
    ],
    quick: false,
  },
  ...(['parallel', 'serial', 'latency'] as const).map((server): Case => ({
    name: `connections-${server}`,
    title: `Connections, to nothing, ${server} server`,
    server,
    transport: 'plain',
    contestants: [1, 2, 4, 8].map((connections) =>
      deltascope('none', { connections, multiConn: true }, `, ${connections} connections`),
    ),
    quick: false,
  })),
  {
    name: 'disk',
    title: 'Full, plain, to a real disk, flushed at the end (scatters widely; no target)',
    server: 'parallel',
    transport: 'plain',
    contestants: [deltascope('raw'), deltascope('vhd'), deltascope('qcow2'), nbdcopy('raw', true)],
    target: 'disk',
    quick: false,
  },
];
