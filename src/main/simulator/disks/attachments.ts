import type { PoolState } from '../pool-state';
import type { RecordFor } from '../records/database';

type Vbd = RecordFor<'VBD'>;

/** The VBD records of a VDI. */
export function vbdsOf({ db }: PoolState, vdi: string): Vbd[] {
  return [...db.VDI.get(vdi).VBDs].map((vbd) => db.VBD.get(vbd));
}

/** VBDs that hold the VDI now, among them those of the control domain. */
export const activeVbds = (pool: PoolState, vdi: string): Vbd[] =>
  vbdsOf(pool, vdi).filter((vbd) => vbd.currently_attached);

export const isAttached = (pool: PoolState, vdi: string): boolean => activeVbds(pool, vdi).length > 0;

/** Sets what a client may see as allowed; change tracking is never listed. Source: xen-api xapi_vdi.ml. */
export function refreshOperations(pool: PoolState, vdi: string): void {
  const { db } = pool;
  if (!db.VDI.has(vdi)) return;
  const { type } = db.VDI.get(vdi);
  const allowed =
    type === 'cbt_metadata'
      ? ['destroy', 'forget', 'update']
      : isAttached(pool, vdi)
        ? ['clone', 'snapshot', 'update']
        : ['clone', 'copy', 'destroy', 'forget', 'mirror', 'resize', 'snapshot', 'update'];
  db.VDI.update(vdi, { allowed_operations: allowed });
}
