import { unplug } from '../disks/plugging';
import type { PoolState } from '../pool-state';
import { NULL_REF } from '../records/field';
import { refreshVmOperations } from './power';

/**
 * A host loses power: its NBD connections break, its VMs halt, and the change logs of the disks that were being written
 * stay inconsistent, which costs them their tracking when they are next attached.
 */
export function crashHost(pool: PoolState, host: string): void {
  const { db, cbt } = pool;
  pool.hosts.find(({ ref }) => ref === host)?.nbd.dropConnections();
  for (const vm of [...db.host.get(host).resident_VMs]) {
    const { VBDs, is_control_domain } = db.VM.get(vm);
    if (is_control_domain) continue;
    for (const vbd of VBDs) {
      const { VDI, mode, currently_attached } = db.VBD.get(vbd);
      if (!currently_attached) continue;
      const log = mode === 'RW' && db.VDI.has(VDI) ? cbt.get(db.VDI.get(VDI).uuid) : undefined;
      if (log) log.consistent = false;
      unplug(pool, vbd);
    }
    db.VM.update(vm, { power_state: 'Halted', resident_on: NULL_REF, domid: -1 });
    refreshVmOperations(pool, vm);
  }
}
