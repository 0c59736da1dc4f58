import type { ExportRequest } from '../../src/shared/model/export-plan';
import { faultNames, faults } from './faults';
import { Random } from './random';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Exports that share one pool, one target folder and one folder of jobs. */
export const ROUND = 20;

export interface Machine {
  readonly vm: string;
  readonly disks: readonly string[];
}

const MACHINES: readonly Machine[] = [
  { vm: 'web-01', disks: ['web-01 system'] },
  { vm: 'db-01', disks: ['db-01 system', 'db-01 data'] },
  { vm: 'files-01', disks: ['files-01 C'] },
  { vm: 'mail-01', disks: ['mail-01 system'] },
  { vm: 'gateway-01', disks: ['gateway-01 flash'] },
  { vm: 'archive-01', disks: ['archive-01 data'] },
  { vm: 'build-01', disks: ['build-01 scratch'] },
];
/** Small and quick ones come more often. */
const USUAL = ['web-01', 'db-01', 'files-01', 'mail-01', 'gateway-01', 'gateway-01', 'web-01', 'db-01'];
/** Of 2 TiB, all of which a host would stream, and on a storage that tracks no changes. */
const RARE = ['archive-01', 'build-01'];
const WORKLOADS = [
  ...['log-append', 'database', 'package-update', 'random-writes'],
  ...['zeroing', 'swapping', 'defragmentation', 'idle'],
];

/** One export as it is asked for. */
export interface Wish {
  readonly vm: string;
  readonly disks: readonly string[];
  readonly format: ExportRequest['format'];
  readonly mode: ExportRequest['mode'];
  readonly after: ExportRequest['after'];
  readonly connections: number | undefined;
  /** Bytes per second while the fault has not struck; so that it strikes in the middle. */
  readonly limit: number | undefined;
  readonly skipUnchanged: boolean;
}

/** Everything that is decided about one export before it begins. */
export interface Step {
  readonly number: number;
  /** More than one: they run at once. */
  readonly wishes: readonly Wish[];
  /** What guests do before. */
  readonly work: readonly { readonly disk: string; readonly workload: string; readonly seed: number }[];
  readonly grow: { readonly disk: string; readonly bytes: number } | undefined;
  readonly fault: string;
  /** Carried out by a process of its own, as a user does, instead of the long-lived engine. */
  readonly ownProcess: boolean;
}

/** The same seed and number give the same step. @param only these faults, when given. */
export function planStep(seed: string, number: number, only?: readonly string[]): Step {
  const random = new Random(seed, number);
  const fault = drawFault(random, only);
  const { via } = faults[fault];
  const ownProcess = via === 'process' || (via === 'either' && random.chance(0.25));
  const rare = random.chance(0.12) && faults[fault].mode !== 'stream';
  const names = rare ? RARE : USUAL;
  const count = !ownProcess && random.chance(0.2) ? random.whole(2, 3) : 1;
  const machines = [...new Set(random.some(names, count))].map(machine);
  const rates = ownProcess ? [24, 48] : [8, 16, 32]; // the engine lifts them once the fault has struck
  const wishes = machines.map((one) => ({
    ...wish(seed, number, one, random, fault),
    limit: fault === 'none' || one.vm === 'build-01' ? undefined : random.pick(rates) * MIB,
  }));
  const disks = wishes.flatMap((one) => one.disks);
  const work = disks
    .filter(() => random.chance(0.85))
    .map((disk) => ({ disk, workload: random.pick(WORKLOADS), seed: random.whole(1, 1_000_000) }));
  const growing = random.chance(0.12) ? random.pick(disks) : undefined;
  return {
    number,
    wishes,
    work,
    grow: growing === undefined ? undefined : { disk: growing, bytes: random.whole(1, 1024) * 64 * KIB },
    fault,
    ownProcess,
  };
}

const machine = (name: string): Machine => MACHINES.find(({ vm }) => vm === name)!;

function drawFault(random: Random, only: readonly string[] | undefined): string {
  const names = only ?? faultNames;
  const lots = names.flatMap((name) => Array.from({ length: faults[name].weight ?? 2 }, () => name));
  return random.pick(lots);
}

function wish(
  seed: string,
  number: number,
  { vm, disks }: Machine,
  random: Random,
  fault: string,
): Omit<Wish, 'limit'> {
  const whole = random.chance(0.6);
  const chosen = whole ? disks : random.some(disks, 1);
  // Mostly the machine's usual format, so that chains grow.
  const round = Math.floor((number - 1) / ROUND);
  const usual = new Random(seed, 'format', round, vm).pick(['vhd', 'qcow2', 'raw'] as const);
  const drawn = random.chance(0.8) ? usual : random.pick(['vhd', 'qcow2', 'raw'] as const);
  const mode = random.pick(['auto', 'auto', 'auto', 'auto', 'full', 'cbt', 'compare', 'stream'] as const);
  return {
    vm,
    disks: chosen,
    // A 2 TiB disk: neither a VHD nor, many times over, a raw copy.
    format: vm === 'archive-01' ? 'qcow2' : drawn,
    mode: faults[fault].mode ?? (mode === 'stream' && RARE.includes(vm) ? 'auto' : mode),
    after: random.pick(['keep', 'purge', 'purge', 'remove'] as const),
    connections: random.chance(0.4) ? random.whole(1, 4) : undefined,
    skipUnchanged: random.chance(0.8),
  };
}
