import type { DiskUse, Writer } from '../model/disk-use';
import type { DiskFacts } from './facts';
import { isSameRun } from './same-run';

/** Clocks of a pool's hosts may differ by so much. Source: xen-api ocaml/xapi/xapi_globs.ml, `max_clock_skew`. */
const CLOCK_SKEW = 5 * 60_000;

const REVERTED = 'VM_SNAPSHOT_REVERTED';
/** Source: xen-api ocaml/xapi/message_forwarding.ml, `create_vm_message`. */
const VM_MESSAGES: ReadonlySet<string> = new Set([
  'VM_STARTED',
  'VM_RESUMED',
  'VM_SHUTDOWN',
  'VM_SUSPENDED',
  'VM_REBOOTED',
  'VM_MIGRATED',
  REVERTED,
]);

export const isVmMessage = (name: string): boolean => VM_MESSAGES.has(name);

/**
 * Why marks of changed block tracking may be missing since a snapshot, as the start of a sentence; undefined: they are
 * not. While a disk is attached its marks are in the memory of the host, and go down with it. The storage manager finds
 * out when the disk is attached for writing again, and switches tracking off; but a snapshot that is taken before that
 * hides it, and then tracking answers without those marks. So every host that could have the disk must have been up all
 * the time, or one VM must have held it all the time on a host that was. What messages tell of VMs proves no such thing:
 * they get lost, are deleted, and say nothing of a VM that had the disk in between.
 * What the pool says of its hosts and VMs counts only while its coordinator was up as well: one that crashes forgets what
 * it heard in the last minutes, so that a host that had been started again, or a VM that had been moved, look as before.
 * And: no VM with the disk was reverted to a snapshot. Newer pools put the old content into the same disk, and what becomes
 * of its marks then is nowhere written down. Source: xen-api ocaml/xapi/xapi_vm_snapshot.ml, `revert_vbds`.
 * Source: xen-api ocaml/database/db_cache_impl.ml, `spawn_db_flush_threads`: what is not critical is written every 5 min.
 * Source: xapi-project/sm libs/sm/VDI.py, `activate` and `_cbt_snapshot`; xapi-project/blktap drivers/block-log.c.
 * @param then who could write to the disk just before the snapshot.
 */
export function whyMarksLost(
  { use: now, messagesOf }: Pick<DiskFacts, 'use' | 'messagesOf'>,
  then: DiskUse,
  takenAt: string,
): string | undefined {
  const from = Date.parse(takenAt) - CLOCK_SKEW;
  const reverted = [...then.writers, ...now.writers].find(({ vmUuid }) =>
    messagesOf(vmUuid).some(({ name, at }) => name === REVERTED && Date.parse(at) > from),
  );
  if (reverted) return `The VM ${reverted.vmName} was reverted to a snapshot`;
  const forgotten = coordinatorWasDown(then, now, takenAt);
  if (forgotten) return forgotten;
  if (then.writers.some((writer) => ranOn(writer, then, now, takenAt))) return undefined;
  const untold = then.writers.find(
    ({ vmUuid, newestMessage }) =>
      newestMessage !== undefined && !messagesOf(vmUuid).some(({ uuid }) => uuid === newestMessage),
  );
  if (untold)
    return `The pool’s messages about the VM ${untold.vmName} were deleted, so that it may have been reverted to a snapshot`;
  return notUpAllTheTime(then, now, takenAt);
}

function coordinatorWasDown(
  { coordinator: then }: DiskUse,
  { coordinator: now }: DiskUse,
  takenAt: string,
): string | undefined {
  if (!then || !now) return 'It is not known which host was the pool’s coordinator';
  if (then.uuid !== now.uuid) return `The pool’s coordinator became ${now.name}, from ${then.name}`;
  return isSameRun(then, now, takenAt)
    ? undefined
    : `The pool’s coordinator ${now.name} was restarted, went down or does not say since when it is up`;
}

/** The VM was never stopped nor moved, so nobody else could write to the disk, and its host was up. */
function ranOn({ vbdUuid, runs }: Writer, then: DiskUse, now: DiskUse, takenAt: string): boolean {
  const today = now.writers.find((writer) => writer.vbdUuid === vbdUuid)?.runs;
  if (!runs || today?.hostUuid !== runs.hostUuid || today.domain !== runs.domain) return false;
  const [before, after] = [then, now].map(({ hosts }) => hosts.find(({ uuid }) => uuid === runs.hostUuid));
  return before !== undefined && after !== undefined && isSameRun(before, after, takenAt);
}

function notUpAllTheTime(then: DiskUse, now: DiskUse, takenAt: string): string | undefined {
  for (const host of then.hosts) {
    const today = now.hosts.find(({ uuid }) => uuid === host.uuid);
    if (!today) return `The host ${host.name} was taken off the disk’s storage`;
    if (!isSameRun(host, today, takenAt))
      return `The host ${host.name} was restarted, went down or does not say since when it is up`;
  }
  const added = now.hosts.find(({ uuid }) => then.hosts.every((host) => host.uuid !== uuid));
  if (added) return `The host ${added.name} was connected to the disk’s storage`;
  return then.hosts.length > 0 ? undefined : 'No host is known to have the disk’s storage';
}
