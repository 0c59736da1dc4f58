/**
 * Why a base snapshot may hold something else than when it was exported, as a sentence; undefined when it does not. A pool
 * compares what two qcow2 disks hold, so a write to the base that the disk got as well would not be listed. Of VHDs it
 * lists what lies in the files between them, whatever was written to the base: only a disk that was reverted to the base
 * got that too, so there a name that is known is enough.
 * Source: xen-api python3/libexec/qcow2-to-stdout.py; ocaml/xapi/vhd_tool_wrapper.ml.
 * @param then the pool's name of what it held; undefined where there was none.
 */
export function whyBaseTouched(
  then: string | undefined,
  now: string | undefined,
  { isQcow2 }: { isQcow2: boolean },
): string | undefined {
  if (then === undefined && !isQcow2) return undefined;
  if (then === undefined)
    return 'It is not known whether the base snapshot still holds what was exported: the earlier export does not say.';
  return then === now
    ? undefined
    : 'The base snapshot was attached to a VM for writing since it was exported, and may hold something else.';
}
