import { actInGuest } from '../control/guest-activity';
import { destroyData } from '../disks/change-tracking';
import { destroyVm, snapshotVm } from '../machines/snapshots';
import type { PoolState } from '../pool-state';
import { DateTime } from '../rpc/value';

const HOUR = 60 * 60 * 1000;

interface Moment {
  readonly hoursAgo: number;
  /** Only the change metadata is left of this snapshot. */
  readonly purged?: boolean;
  /** How much the guest did after it, in usual days. */
  readonly activity: number;
}

/** Snapshots that were taken before anybody looked, oldest first. */
const CHAPTERS: Readonly<Record<string, readonly Moment[]>> = {
  'web-01': [
    { hoursAgo: 96, purged: true, activity: 1 },
    { hoursAgo: 72, activity: 0.4 },
    { hoursAgo: 48, activity: 1.6 },
    { hoursAgo: 24, activity: 1 },
  ],
  'db-01': [
    { hoursAgo: 72, activity: 1 },
    { hoursAgo: 48, activity: 0.5 },
    { hoursAgo: 24, activity: 1 },
  ],
  'files-01': [
    { hoursAgo: 54, activity: 1 },
    { hoursAgo: 30, activity: 0.5 },
  ],
  'archive-01': [
    { hoursAgo: 336, purged: true, activity: 1 },
    { hoursAgo: 168, activity: 0.3 },
  ],
  'mail-01': [{ hoursAgo: 20, activity: 1 }],
};

/** Lets the guests work and takes snapshots in between, so that there is something to see at once. */
export async function buildHistory(
  pool: PoolState,
  vms: ReadonlyMap<string, string>,
  seed: number,
): Promise<void> {
  for (const [key, moments] of Object.entries(CHAPTERS)) {
    const vm = vms.get(key)!;
    for (const [index, { hoursAgo, purged, activity }] of moments.entries()) {
      const name = `${key} nightly ${index + 1}`;
      const snapshot = await snapshotVm(pool, vm, name, [], () => undefined);
      backdate(pool, snapshot, pool.clock.now() - hoursAgo * HOUR);
      if (purged) await purge(pool, snapshot);
      await actInGuest(pool, vm, { seed: seed + index, intensity: activity });
    }
  }
}

function disksOf({ db }: PoolState, vm: string): string[] {
  return [...db.VM.get(vm).VBDs].map((vbd) => db.VBD.get(vbd).VDI);
}

function backdate(pool: PoolState, snapshot: string, at: number): void {
  const snapshot_time = new DateTime(at);
  pool.db.VM.update(snapshot, { snapshot_time });
  for (const vdi of disksOf(pool, snapshot)) pool.db.VDI.update(vdi, { snapshot_time });
}

async function purge(pool: PoolState, snapshot: string): Promise<void> {
  const disks = disksOf(pool, snapshot);
  destroyVm(pool, snapshot);
  for (const vdi of disks) await destroyData(pool, vdi, new AbortController().signal);
}
