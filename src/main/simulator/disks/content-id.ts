import { randomUUID } from 'node:crypto';
import type { PoolState } from '../pool-state';

/**
 * The pool's name of what a disk holds: gone as soon as the disk is attached for writing, another one once it is detached.
 * A snapshot has that of its disk, or none yet. Source: xen-api ocaml/xapi/storage_smapiv1.ml, `activate` and `deactivate`;
 * xapi_vdi.ml, `snapshot_and_clone`, puts the disk's own `other_config` over what was set before.
 */
export function nameContent({ db }: PoolState, vdi: string): void {
  const { other_config } = db.VDI.get(vdi);
  if (other_config['content_id'] === undefined)
    db.VDI.update(vdi, { other_config: { ...other_config, content_id: randomUUID() } });
}

export function forgetContent({ db }: PoolState, vdi: string): void {
  const entries = Object.entries(db.VDI.get(vdi).other_config).filter(([key]) => key !== 'content_id');
  db.VDI.update(vdi, { other_config: Object.fromEntries(entries) });
}
