import { FailureError } from '../../../../shared/model/failure';
import { isVmMessage } from '../../../../shared/preflight';
import { unexpectedAnswer } from '../errors/call-failure';
import { Links } from './links';
import {
  isCachedClass,
  isAttachedForWriting,
  RECORDS,
  type CachedClass,
  type PoolEvent,
  type RecordOf,
  type VbdRecord,
  type VdiRecord,
} from './records';

type Tables = { [C in CachedClass]: Map<string, RecordOf<C>> };

/** Records of the pool by class and reference, with the links between them. Kept current by events. */
export class RecordCache {
  readonly #tables: Tables = {
    pool: new Map(),
    host: new Map(),
    host_metrics: new Map(),
    network: new Map(),
    pif: new Map(),
    pbd: new Map(),
    sr: new Map(),
    sm: new Map(),
    vm: new Map(),
    vdi: new Map(),
    vbd: new Map(),
    message: new Map(),
  };
  readonly vbdsOfVm = new Links();
  readonly vbdsOfVdi = new Links();
  readonly snapshotsOfVdi = new Links();
  readonly pbdsOfSr = new Links();
  /** By the uuid of what they are about. */
  readonly messagesAbout = new Links();
  readonly #vdiByUuid = new Map<string, string>();
  /** By the disk's reference. */
  readonly #timesAttachedForWriting = new Map<string, number>();

  table<C extends CachedClass>(name: C): ReadonlyMap<string, RecordOf<C>> {
    return this.#tables[name];
  }

  get<C extends CachedClass>(name: C, ref: string): RecordOf<C> | undefined {
    return this.#tables[name].get(ref);
  }

  vdiRef(uuid: string): string | undefined {
    return this.#vdiByUuid.get(uuid);
  }

  /** How often a VM was seen to begin to hold the disk attached for writing; a VM that is a snapshot runs nowhere. */
  timesAttachedForWriting(vdi: string): number {
    return this.#timesAttachedForWriting.get(vdi) ?? 0;
  }

  /** Stores or drops the event's record. @throws FailureError `unexpected-answer` for a record that no XAPI sends. */
  apply(event: PoolEvent): void {
    if (!isCachedClass(event.class)) return;
    if (event.operation === 'del') this.#store(event.class, event.ref, undefined);
    else {
      const parsed = RECORDS[event.class].safeParse(event.snapshot);
      if (!parsed.success)
        throw new FailureError(unexpectedAnswer(`a ${event.class} record`, parsed.error.message));
      this.#store(event.class, event.ref, parsed.data);
    }
  }

  #store<C extends CachedClass>(name: C, ref: string, record: RecordOf<C> | undefined): void {
    const table = this.#tables[name] as Map<string, RecordOf<C>>;
    const before = table.get(ref);
    if (record === undefined) table.delete(ref);
    else if (name !== 'message' || isWanted(record as RecordOf<'message'>)) table.set(ref, record);
    this.#relink(name, ref, before, table.get(ref));
  }

  #relink(name: CachedClass, ref: string, before: unknown, after: unknown): void {
    if (name === 'vbd') {
      const [old, now] = [before as VbdRecord | undefined, after as VbdRecord | undefined];
      this.vbdsOfVm.move(ref, old?.VM, now?.VM);
      this.vbdsOfVdi.move(ref, old?.VDI, now?.VDI);
      this.#countAttached(old, now);
    } else if (name === 'vdi') {
      const [old, now] = [before as VdiRecord | undefined, after as VdiRecord | undefined];
      this.snapshotsOfVdi.move(ref, snapshotParent(old), snapshotParent(now));
      // One that was forgotten and found again has another record by now, of which the pool tells first.
      if (old && old.uuid !== now?.uuid && this.#vdiByUuid.get(old.uuid) === ref)
        this.#vdiByUuid.delete(old.uuid);
      if (now) this.#vdiByUuid.set(now.uuid, ref);
      else this.#timesAttachedForWriting.delete(ref);
    } else if (name === 'pbd') {
      const [old, now] = [before as RecordOf<'pbd'> | undefined, after as RecordOf<'pbd'> | undefined];
      this.pbdsOfSr.move(ref, old?.SR, now?.SR);
    } else if (name === 'message') {
      const [old, now] = [
        before as RecordOf<'message'> | undefined,
        after as RecordOf<'message'> | undefined,
      ];
      this.messagesAbout.move(ref, old?.obj_uuid, now?.obj_uuid);
    }
  }

  #countAttached(old: VbdRecord | undefined, now: VbdRecord | undefined): void {
    if (!now || !isAttachedForWriting(now) || this.get('vm', now.VM)?.is_a_snapshot) return;
    if (old?.VDI === now.VDI && isAttachedForWriting(old)) return;
    this.#timesAttachedForWriting.set(now.VDI, this.timesAttachedForWriting(now.VDI) + 1);
  }
}

const snapshotParent = (vdi: VdiRecord | undefined): string | undefined =>
  vdi?.is_a_snapshot ? vdi.snapshot_of : undefined;

/** The storage manager's messages that say why tracking was switched off (sm libs/sm/VDI.py), and when VMs ran. */
const isWanted = ({ name }: RecordOf<'message'>): boolean => name.startsWith('VDI_CBT_') || isVmMessage(name);
