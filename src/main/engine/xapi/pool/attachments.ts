import type { RecordCache } from './record-cache';
import type { VbdRecord } from './records';

/** What attaches a disk: control domains, which read it for somebody, and VMs, also halted ones, whose it is. */
export function attachmentsOf(
  cache: RecordCache,
  diskRef: string,
): { readonly ofControlDomains: readonly VbdRecord[]; readonly ofVms: readonly VbdRecord[] } {
  const all = [...cache.vbdsOfVdi.to(diskRef)].flatMap((vbdRef) => cache.get('vbd', vbdRef) ?? []);
  const isControl = ({ VM }: VbdRecord): boolean => cache.get('vm', VM)?.is_control_domain === true;
  return { ofControlDomains: all.filter(isControl), ofVms: all.filter((vbd) => !isControl(vbd)) };
}
