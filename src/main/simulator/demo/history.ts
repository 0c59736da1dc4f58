import { actInGuest } from '../control/guest-activity';
import { destroyData } from '../disks/change-tracking';
import { destroyVm, snapshotVm } from '../machines/snapshots';
import type { PoolState } from '../pool-state';
import { DateTime } from '../rpc/value';

const HOUR = 60 * 60 * 1000;

interface Chapter {
  readonly vm: string;
  /** Hours ago, oldest first. */
  readonly snapshots: readonly { readonly hoursAgo: number; readonly purged?: boolean }[];
  readonly intensity: number;
}

/** Snapshots that were taken before anybody looked; a purged one is reduced to change metadata. */
const CHAPTERS: readonly Chapter[] = [
  {
    vm: 'web-01',
    snapshots: [{ hoursAgo: 72, purged: true }, { hoursAgo: 48 }, { hoursAgo: 24 }],
    intensity: 1,
  },
  { vm: 'db-01', snapshots: [{ hoursAgo: 48 }, { hoursAgo: 24 }], intensity: 1 },
  { vm: 'files-01', snapshots: [{ hoursAgo: 30 }], intensity: 1 },
  { vm: 'archive-01', snapshots: [{ hoursAgo: 168, purged: true }], intensity: 1 },
  { vm: 'mail-01', snapshots: [{ hoursAgo: 20 }], intensity: 1 },
];

/** Lets the guests work and takes snapshots in between, so that there is something to see at once. */
export async function buildHistory(
  pool: PoolState,
  vms: ReadonlyMap<string, string>,
  seed: number,
): Promise<void> {
  for (const { vm: key, snapshots, intensity } of CHAPTERS) {
    const vm = vms.get(key)!;
    for (const [index, { hoursAgo, purged }] of snapshots.entries()) {
      const name = `${key} nightly ${index + 1}`;
      const snapshot = await snapshotVm(pool, vm, name, [], () => undefined);
      backdate(pool, snapshot, pool.clock.now() - hoursAgo * HOUR);
      if (purged) await purge(pool, snapshot);
      await actInGuest(pool, vm, { seed: seed + index, intensity });
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
