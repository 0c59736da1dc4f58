import type { DiskFacts, Writer } from './facts';

/** Clocks of a pool's hosts may differ by so much. Source: xen-api ocaml/xapi/xapi_globs.ml, `max_clock_skew`. */
const CLOCK_SKEW = 5 * 60_000;

/**
 * What XAPI says about a VM once a call was done: VM.start, resume, shutdown, suspend, reboot and migrate in all their
 * kinds, HA's starts included. A guest that powers off or reboots by itself, a host that dies and `power_state_reset`
 * are not told, and `VM_CRASHED` is never sent. Source: xen-api ocaml/xapi/message_forwarding.ml, `create_vm_message`.
 */
const STARTS: ReadonlySet<string> = new Set(['VM_STARTED', 'VM_RESUMED']);
const ENDS: ReadonlySet<string> = new Set(['VM_SHUTDOWN', 'VM_SUSPENDED']);
const GOES_ON: ReadonlySet<string> = new Set(['VM_REBOOTED', 'VM_MIGRATED']);
/** The VM stands still then, as the snapshot does. */
const REVERTED = 'VM_SNAPSHOT_REVERTED';

export const isVmMessage = (name: string): boolean =>
  STARTS.has(name) || ENDS.has(name) || GOES_ON.has(name) || name === REVERTED;

/**
 * Why marks of changed block tracking may be missing since a moment, as the start of a sentence; undefined: no reason
 * to think so. While a disk is attached its marks are in the memory of the host, and go down with it. The storage
 * manager finds out when the disk is attached for writing again, and switches tracking off; but a snapshot that is
 * taken before that hides it, and then tracking answers without those marks. So: a VM that had the disk stopped (it
 * does not run, or was started anew) without an end that the pool tells of, and its host was not up all the time. Where
 * the host was, the guest powered off by itself, and the log was closed well.
 * And: a VM was reverted to a snapshot. Newer pools put the old content into the same disk, and what becomes of its marks
 * then is nowhere written down. Source: xen-api ocaml/xapi/xapi_vm_snapshot.ml, `revert_vbds`.
 * Source: xapi-project/sm libs/sm/VDI.py, `activate` and `_cbt_snapshot`; xapi-project/blktap drivers/block-log.c.
 */
export function whyMarksLost({ writers, hostsUpSince }: DiskFacts, since: string): string | undefined {
  const from = Date.parse(since) - CLOCK_SKEW;
  const wasUp = (upSince: string | undefined): boolean => upSince !== undefined && Date.parse(upSince) < from;
  // A host that is not named may have been any; one that is no longer in the pool tells nothing.
  const hostWasUp = (uuid: string | undefined): boolean =>
    uuid === undefined ? Object.values(hostsUpSince).every(wasUp) : wasUp(hostsUpSince[uuid]);
  const reverted = writers.find(({ messages }) =>
    messages.some(({ name, at }) => name === REVERTED && Date.parse(at) > from),
  );
  if (reverted) return `The VM ${reverted.vmName} was reverted to a snapshot`;
  const lost = writers.find((writer) => endedUntold(writer, from, hostWasUp));
  if (lost)
    return `The VM ${lost.vmName} is not known to have been shut down, and a host where it may have run was restarted or went down`;
  return writers.length > 0 || hostWasUp(undefined)
    ? undefined
    : 'A host was restarted or went down, and no VM tells who wrote to the disk before';
}

/** A VM counts as running before its first message, which may not be the first that there was. */
function endedUntold(
  { running, messages }: Writer,
  from: number,
  hostWasUp: (uuid: string | undefined) => boolean,
): boolean {
  let ran = true;
  let host: string | undefined;
  for (const { name, at, hostUuid } of messages) {
    if (STARTS.has(name) && ran && Date.parse(at) > from && !hostWasUp(host)) return true;
    ran = !ENDS.has(name) && name !== REVERTED;
    host = STARTS.has(name) ? hostUuid : (hostUuid ?? host);
  }
  return !running && ran && !hostWasUp(host);
}
