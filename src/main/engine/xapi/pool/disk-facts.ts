import { isVmMessage, type DiskFacts } from '../../../../shared/preflight';
import { hostThatMayIgnoreBase } from './honours-base';
import type { RecordCache } from './record-cache';
import { isAttachedForWriting, type VdiRecord } from './records';
import { tracksChanges } from './derive';
import { diskUse } from './disk-use';
import { CONTENT_ID } from './marks';
import { messagesAbout } from './messages-about';

/** Longer than any chain a storage driver allows (30): a loop in foreign records ends here. */
const LONGEST_CHAIN = 100;

/** What the inventory does not show about a disk or snapshot; undefined if the pool has no such disk. */
export function diskFacts(cache: RecordCache, uuid: string): DiskFacts | undefined {
  const ref = cache.vdiRef(uuid);
  const vdi = ref === undefined ? undefined : cache.get('vdi', ref);
  if (ref === undefined || !vdi) return undefined;
  const depth = chainDepth(cache, uuid);
  const writer = vdi.is_a_snapshot ? writerOf(cache, ref) : undefined;
  return {
    resetsOnBoot: vdi.on_boot === 'reset',
    sharable: vdi.sharable,
    ...(writer === undefined ? {} : { attachedForWriting: writer }),
    ...(vdi.is_a_snapshot ? factsOfSnapshot(cache, ref, vdi) : {}),
    // Source: xapi-project/sm drivers/LVHDSR.py and FileSR.py, sm_config `vdi_type` is `aio` for a raw disk.
    raw: vdi.sm_config['vdi_type'] === 'aio',
    // Source: xcp-ng/sm, qcow2 branch, sm_config `image-format`.
    ...(vdi.sm_config['image-format'] === 'qcow2' ? qcow2Facts(cache, vdi) : {}),
    ...(depth === undefined ? {} : { chainDepth: depth }),
    cbtMessages: messagesAbout(cache, uuid)
      .filter(({ name }) => !isVmMessage(name))
      .map(({ name, timestamp }) => ({ name, at: timestamp })),
    use: diskUse(cache, ref, vdi),
    messagesOf: (vmUuid) =>
      messagesAbout(cache, vmUuid).map(({ uuid: id, name, timestamp }) => ({
        uuid: id,
        name,
        at: timestamp,
      })),
  };
}

function factsOfSnapshot(
  cache: RecordCache,
  ref: string,
  { other_config, SR }: VdiRecord,
): Pick<DiskFacts, 'timesAttachedForWriting' | 'contentId'> {
  // Other storage may be of a kind whose names stay whatever is written.
  const contentId = tracksChanges(cache, cache.get('sr', SR)?.type ?? '')
    ? other_config[CONTENT_ID]
    : undefined;
  return {
    timesAttachedForWriting: cache.timesAttachedForWriting(ref),
    ...(contentId === undefined ? {} : { contentId }),
  };
}

/** VMs that are snapshots themselves run nowhere, though those of a checkpoint seem to hold their disks. */
function writerOf(cache: RecordCache, ref: string): string | undefined {
  for (const vbdRef of cache.vbdsOfVdi.to(ref)) {
    const vbd = cache.get('vbd', vbdRef);
    if (!vbd || !isAttachedForWriting(vbd)) continue;
    const vm = cache.get('vm', vbd.VM);
    if (!vm?.is_a_snapshot) return vm?.name_label ?? vbd.VM;
  }
  return undefined;
}

function qcow2Facts(cache: RecordCache, vdi: VdiRecord): Pick<DiskFacts, 'qcow2' | 'mayIgnoreBase'> {
  const mayIgnoreBase = hostThatMayIgnoreBase(cache, vdi);
  return { qcow2: true, ...(mayIgnoreBase ? { mayIgnoreBase } : {}) };
}

/** Links below the disk. Source: xapi-project/sm, sm_config `vhd-parent`. */
function chainDepth(cache: RecordCache, uuid: string): number | undefined {
  let depth = 0;
  let at: string | undefined = uuid;
  while (at !== undefined && depth < LONGEST_CHAIN) {
    const ref = cache.vdiRef(at);
    at = ref === undefined ? undefined : cache.get('vdi', ref)?.sm_config['vhd-parent'];
    if (at !== undefined) depth += 1;
  }
  return depth === 0 ? undefined : depth;
}
