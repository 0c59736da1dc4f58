import { CbtLog } from './cbt-log';
import { mergeChanges } from './merge-changes';
import { unrelated } from './errors';

/**
 * The change logs of a pool's disks, by disk uuid, chained by parent and child pointers.
 * Source: xapi-project/sm libs/sm/VDI.py.
 */
export class CbtLogs {
  readonly #logs = new Map<string, CbtLog>();

  get(uuid: string): CbtLog | undefined {
    return this.#logs.get(uuid);
  }

  /** Starts tracking; a disk that is tracked already goes on as it was. */
  enable(uuid: string, sizeBytes: number): void {
    if (!this.#logs.has(uuid)) this.#logs.set(uuid, new CbtLog(sizeBytes));
  }

  /** Drops a live disk's log. Snapshots keep theirs; the newest of them no longer leads anywhere. */
  disable(uuid: string): void {
    const log = this.#logs.get(uuid);
    if (!log) return;
    this.#logs.delete(uuid);
    const parent = this.#find(log.parent);
    if (parent) parent.child = undefined;
  }

  /** A snapshot takes over the live disk's log, and the live disk gets a new, empty one behind it. */
  snapshot(liveUuid: string, snapshotUuid: string): void {
    const log = this.#logs.get(liveUuid);
    if (!log) return;
    const live = new CbtLog(log.sizeBytes);
    // Nobody looks whether it was: what a crash left is hidden. Source: sm libs/sm/VDI.py, `_cbt_snapshot`.
    log.consistent = true;
    live.parent = snapshotUuid;
    live.child = log.child;
    log.child = liveUuid;
    this.#logs.set(snapshotUuid, log);
    this.#logs.set(liveUuid, live);
    const parent = this.#find(log.parent);
    if (parent) parent.child = snapshotUuid;
  }

  /** The disk is gone: its marks move to its child, and the chain closes over the gap. */
  destroy(uuid: string): void {
    const log = this.#logs.get(uuid);
    if (!log) return;
    this.#logs.delete(uuid);
    const parent = this.#find(log.parent);
    const child = this.#find(log.child);
    if (parent) parent.child = log.child;
    if (!child) return;
    child.parent = log.parent;
    child.merge(log);
  }

  mark(uuid: string, offset: number, length: number): void {
    this.#logs.get(uuid)?.mark(offset, length);
  }

  resize(uuid: string, sizeBytes: number): void {
    this.#logs.get(uuid)?.resize(sizeBytes);
  }

  /**
   * What changed after `from` up to and including `to`, most significant bit first, as the API answers it.
   * @throws XapiError SR_BACKEND_FAILURE_460 or _459
   */
  changedBlocks(from: string, to: string): Uint8Array {
    return mergeChanges([...this.#walk(from, to)]);
  }

  /** The logs after `from` up to and including `to`. */
  *#walk(from: string, to: string): Generator<CbtLog> {
    if (from === to) throw unrelated('Source and target VDI are same');
    const start = this.#logs.get(from);
    if (!start || !this.#logs.has(to)) throw unrelated('Source and target VDI are unrelated');
    const visited = new Set([start]);
    for (let at = start.child; ;) {
      const log = this.#find(at);
      if (!log || visited.has(log)) throw unrelated('Source and target VDI are unrelated');
      visited.add(log);
      yield log;
      if (at === to) return;
      at = log.child;
    }
  }

  #find(uuid: string | undefined): CbtLog | undefined {
    return uuid === undefined ? undefined : this.#logs.get(uuid);
  }
}
