/** What is compared; each ratio says how many times better ours is. */
export type Quantity = 'time' | 'CPU' | 'bytes read' | 'bytes written';

export interface Target {
  readonly case: string;
  readonly ours: string;
  /** The best of these, round by round. */
  readonly against: readonly string[];
  readonly quantity: Quantity;
  readonly least: number;
  readonly aim: number;
}

const formats = ['raw', 'vhd', 'qcow2'] as const;
const time = (on: string, ours: string, against: readonly string[], least: number, aim: number): Target => ({
  case: on,
  ours,
  against,
  quantity: 'time',
  least,
  aim,
});

export const targets: readonly Target[] = [
  ...['full-plain', 'full-tls12'].flatMap((on) =>
    formats.map((format) => time(on, `deltascope ${format}`, ['nbdcopy raw', `qemu-img ${format}`], 1, 1.2)),
  ),
  ...['full-plain', 'full-tls12'].flatMap((on) => [
    time(on, 'deltascope vhd', ['Xen Orchestra vhd'], 2.5, 3),
    time(on, 'deltascope vhd (Electron)', ['Xen Orchestra vhd (Electron)'], 4.5, 5),
  ]),
  time('serial', 'deltascope raw', ['nbdcopy raw'], 5, 6),
  time('serial', 'deltascope vhd', ['Xen Orchestra vhd'], 3, 3.5),
  ...(['vhd', 'qcow2'] as const).flatMap((format): Target[] => [
    time('increment-plain', `deltascope ${format}`, [`Xen Orchestra ${format}`], 8, 10),
    ...(['bytes read', 'bytes written'] as const).map((quantity): Target => ({
      case: 'increment-plain',
      ours: `deltascope ${format}`,
      against: [`Xen Orchestra ${format}`],
      quantity,
      least: 8,
      aim: 8,
    })),
  ]),
  time('increment-plain', 'deltascope raw', ['libnbd raw'], 0.95, 1),
  ...formats.map((format) =>
    time('full-plain', `deltascope ${format} + checksums`, [`deltascope ${format}`], 0.9, 0.97),
  ),
  {
    case: 'full-plain',
    ours: 'deltascope vhd',
    against: ['nbdcopy raw'],
    quantity: 'CPU',
    least: 1,
    aim: 2,
  },
];
