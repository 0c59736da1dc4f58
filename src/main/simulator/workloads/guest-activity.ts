import type { DiskArea } from '../storage/demo-disks';
import type { VirtualDisk } from '../storage/virtual-disk';
import { runWorkload, workloads, type WorkloadName } from './workloads';

/** A disk of a machine with its partitions, as the catalogue of demo disks lists them. */
export interface GuestDisk {
  readonly disk: VirtualDisk;
  readonly areas: readonly DiskArea[];
}

/** What a machine does: a workload on one partition of one of its disks, with a share of the usual amount. */
interface Habit {
  readonly disk: string;
  readonly area: string;
  readonly workload: WorkloadName;
  readonly share: number;
}

const habit = (disk: string, area: string, workload: WorkloadName, share = 1): Habit => ({
  disk,
  area,
  workload,
  share,
});

/** The demo machines' usual days, by machine, over the keys of the demo disks. */
export const habits: Readonly<Record<string, readonly Habit[]>> = {
  'web-01': [
    habit('web-system', 'root', 'log-append'),
    habit('web-system', 'root', 'package-update', 0.4),
    habit('web-system', 'swap', 'swapping', 0.3),
  ],
  'db-01': [habit('db-system', 'root', 'idle'), habit('db-data', 'mysql', 'database')],
  'files-01': [
    habit('files-system', 'Data', 'random-writes'),
    habit('files-system', 'Data', 'defragmentation', 0.7),
    habit('files-system', 'Data', 'zeroing', 0.3),
  ],
  'mail-01': [
    habit('mail-system', 'var', 'package-update', 0.3),
    habit('mail-system', 'var', 'log-append', 0.7),
    habit('mail-system', 'var', 'zeroing', 0.2),
    habit('mail-system', 'swap', 'swapping', 0.1),
  ],
  'archive-01': [habit('archive-data', 'archive', 'log-append', 0.5)],
  'gateway-01': [habit('gateway-system', 'firmware', 'idle')],
  'build-01': [
    habit('build-scratch', 'scratch', 'package-update'),
    habit('build-scratch', 'scratch', 'zeroing', 0.5),
  ],
};

export interface ActivityOptions {
  readonly seed: number;
  /** 1: a usual day; 0: nothing. */
  readonly intensity?: number;
}

/**
 * Lets a demo machine work for a while. `disks` are keyed as in the catalogue of demo disks. A machine without habits
 * of its own idles on every disk. Returns the bytes written.
 */
export async function guestActivity(
  machine: string,
  disks: ReadonlyMap<string, GuestDisk>,
  { seed, intensity = 1 }: ActivityOptions,
): Promise<number> {
  const plan = habits[machine] ?? [...disks.keys()].map((key) => habit(key, '', 'idle'));
  let bytesWritten = 0;
  for (const [index, { disk: key, area: name, workload, share }] of plan.entries()) {
    const found = disks.get(key);
    if (!found) continue;
    const area = found.areas.find((candidate) => candidate.name === name);
    if (name !== '' && !area) throw new Error(`${machine} works on ${name}, which disk ${key} does not have`);
    const amountBytes = Math.ceil(workloads[workload].usualBytes * share * intensity);
    const options = { seed: seed + index, amountBytes, area };
    bytesWritten += (await runWorkload(found.disk, workload, options)).bytesWritten;
  }
  return bytesWritten;
}
