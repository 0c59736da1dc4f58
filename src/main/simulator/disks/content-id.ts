import { randomUUID } from 'node:crypto';
import type { PoolState } from '../pool-state';

/**
 * The pool's name of what a disk holds: gone as soon as the disk is attached for writing, another one once it is detached.
 * A snapshot has that of its disk, or one of its own. Source: xen-api ocaml/xapi/storage_smapiv1.ml, `activate`,
 * `deactivate` and `snapshot_and_clone`.
 */
export function contentId({ db }: PoolState, vdi: string): string {
  return db.VDI.get(vdi).other_config['content_id'] ?? randomUUID();
}

export function forgetContent({ db }: PoolState, vdi: string): void {
  const entries = Object.entries(db.VDI.get(vdi).other_config).filter(([key]) => key !== 'content_id');
  db.VDI.update(vdi, { other_config: Object.fromEntries(entries) });
}

export function nameContent(pool: PoolState, vdi: string): void {
  const { other_config } = pool.db.VDI.get(vdi);
  pool.db.VDI.update(vdi, { other_config: { ...other_config, content_id: contentId(pool, vdi) } });
}
