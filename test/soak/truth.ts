import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Manifest } from '../../src/shared/model/manifest';
import type { Arena } from './arena';

/** What the pool itself holds of the snapshots that exports read, dumped by the demo pool and not by the engine. */
export class Truths {
  constructor(private readonly arena: Arena) {}

  /** Dumps the snapshots of a job that still have their data: their disks may be written to from now on. */
  async keep(jobId: string): Promise<void> {
    const { vdis } = await this.arena.ledger.look(this.arena.control);
    for (const { uuid, type, other_config } of vdis)
      if (other_config['deltascope:job'] === jobId && type !== 'cbt_metadata') await this.#dump(uuid, uuid);
  }

  /** The dump of the snapshot that an export is of. Without its data, the disk itself: nobody has written to it since. */
  async of({ snapshot, disk }: Manifest): Promise<string> {
    const path = this.#path(snapshot.uuid);
    if (existsSync(path)) return path;
    const { vdis } = await this.arena.ledger.look(this.arena.control);
    const found = vdis.find(({ uuid }) => uuid === snapshot.uuid);
    const from = found && found.type !== 'cbt_metadata' ? snapshot.uuid : disk.uuid;
    return this.#dump(from, snapshot.uuid);
  }

  remove(): void {
    for (const path of this.#made) rmSync(path, { force: true });
  }

  readonly #made = new Set<string>();

  #path(snapshotUuid: string): string {
    return join(this.arena.folder, `truth-${snapshotUuid}.raw`);
  }

  async #dump(vdi: string, snapshotUuid: string): Promise<string> {
    const path = this.#path(snapshotUuid);
    this.#made.add(path);
    if (!existsSync(path)) await this.arena.control.act(z.unknown(), 'dump', { vdi, path });
    return path;
  }
}
