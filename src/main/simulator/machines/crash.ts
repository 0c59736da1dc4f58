import { unplug } from '../disks/plugging';
import type { PoolState } from '../pool-state';
import { NULL_REF } from '../records/field';
import { refreshVmOperations } from './power';

/** As it stands in a host's `other_config`. Source: xen-api ocaml/xapi/dbsync_slave.ml: as OCaml writes a float. */
const seconds = (at: number): string => `${Math.floor(at / 1000)}.`;

/** When the host was started, and its XAPI after that. */
export const startedAt = (at: number): Record<string, string> => ({
  boot_time: seconds(at),
  agent_start_time: seconds(at + 60_000),
});

/**
 * A host loses power and comes back: its NBD connections break and its VMs halt, of which no message tells. The change
 * logs of the disks that were being written lack their marks, which were in its memory, and stay inconsistent: that costs
 * them their tracking when they are next attached, unless a snapshot takes the log over before.
 * Source: xapi-project/blktap drivers/block-log.c.
 */
export function crashHost(pool: PoolState, host: string): void {
  const { db, cbt, clock } = pool;
  pool.hosts.find(({ ref }) => ref === host)?.nbd.dropConnections();
  for (const vm of [...db.host.get(host).resident_VMs]) {
    const { VBDs, is_control_domain } = db.VM.get(vm);
    if (is_control_domain) continue;
    for (const vbd of VBDs) {
      const { VDI, mode, currently_attached } = db.VBD.get(vbd);
      if (!currently_attached) continue;
      const log = mode === 'RW' && db.VDI.has(VDI) ? cbt.get(db.VDI.get(VDI).uuid) : undefined;
      log?.crash();
      unplug(pool, vbd);
    }
    db.VM.update(vm, { power_state: 'Halted', resident_on: NULL_REF, domid: -1 });
    refreshVmOperations(pool, vm);
  }
  const { other_config } = db.host.get(host);
  // No host starts twice in one second.
  const at = Math.max(clock.now(), Number(other_config.boot_time) * 1000 + 1000);
  db.host.update(host, { other_config: { ...other_config, ...startedAt(at) } });
}

/**
 * A coordinator that crashed has a database of up to five minutes before: a VM that had been moved since seems to run where
 * it did, until XAPI is started again there. Source: xen-api ocaml/database/db_cache_impl.ml, `spawn_db_flush_threads`;
 * ocaml/xapi/xapi_xenops.ml, `resync_resident_on`.
 */
export function forgetMove({ db }: PoolState, vm: string, host: string, domain: number): void {
  db.VM.update(vm, { power_state: 'Running', resident_on: host, domid: domain });
  for (const vbd of db.VM.get(vm).VBDs)
    if (!db.VBD.get(vbd).empty) db.VBD.update(vbd, { currently_attached: true });
}
