import type {
  Disk,
  Host,
  Inventory,
  NbdAccess,
  Snapshot,
  Storage,
  Vm,
} from '../../../../shared/model/inventory';
import { isOurs, JOB_MARK } from './marks';
import type { RecordCache } from './record-cache';
import type { HostRecord, SrRecord, VbdRecord, VdiRecord, VmRecord } from './records';

/** Pure functions from XAPI records to the inventory's objects; undefined: not part of the inventory. */

export function deriveHost(cache: RecordCache, ref: string, host: HostRecord): Host {
  const [pool] = cache.table('pool').values();
  return { uuid: host.uuid, name: host.name_label, address: host.address, isMaster: pool?.master === ref };
}

/** Storage for ISO images and physical drives holds no VM disks. */
const isForDisks = (sr: SrRecord): boolean =>
  sr.content_type !== 'iso' && sr.type !== 'iso' && sr.type !== 'udev';

export function deriveStorage(cache: RecordCache, ref: string, sr: SrRecord): Storage | undefined {
  if (!isForDisks(sr)) return undefined;
  return {
    uuid: sr.uuid,
    name: sr.name_label,
    type: sr.type,
    shared: sr.shared,
    supportsCbt: tracksChanges(cache, sr.type),
    hostUuids: [...cache.pbdsOfSr.to(ref)].flatMap((pbdRef) => {
      const pbd = cache.get('pbd', pbdRef);
      const host = pbd?.currently_attached ? cache.get('host', pbd.host) : undefined;
      return host ? [host.uuid] : [];
    }),
    sizeBytes: sr.physical_size,
    usedBytes: sr.physical_utilisation,
  };
}

/** Source: xapi-project/sm, capability VDI_CONFIG_CBT of a driver. */
export function tracksChanges(cache: RecordCache, type: string): boolean {
  for (const sm of cache.table('sm').values()) {
    if (sm.type === type)
      return 'VDI_CONFIG_CBT' in sm.features || sm.capabilities.includes('VDI_CONFIG_CBT');
  }
  return false;
}

export function deriveVm(cache: RecordCache, ref: string, vm: VmRecord): Vm | undefined {
  if (vm.is_a_template || vm.is_a_snapshot || vm.is_control_domain) return undefined;
  const disks = vbds(cache, cache.vbdsOfVm.to(ref))
    .filter((vbd) => vbd.type === 'Disk' && !vbd.empty)
    .sort((a, b) => Number(a.userdevice) - Number(b.userdevice))
    .flatMap((vbd) => {
      const vdi = cache.get('vdi', vbd.VDI);
      return vdi && isDisk(cache, vdi) ? [vdi.uuid] : [];
    });
  return {
    uuid: vm.uuid,
    name: vm.name_label,
    description: vm.name_description,
    powerState: vm.power_state.toLowerCase() as Vm['powerState'],
    diskUuids: [...new Set(disks)],
  };
}

const vbds = (cache: RecordCache, refs: Iterable<string>): VbdRecord[] =>
  [...refs].flatMap((ref) => cache.get('vbd', ref) ?? []);

const DISK_TYPES = new Set(['user', 'system', 'ephemeral']);

function isDisk(cache: RecordCache, vdi: VdiRecord): boolean {
  const sr = cache.get('sr', vdi.SR);
  const isWhole = vdi.managed && !vdi.missing && !vdi.is_a_snapshot;
  return isWhole && DISK_TYPES.has(vdi.type) && sr !== undefined && isForDisks(sr);
}

export function deriveDisk(cache: RecordCache, ref: string, vdi: VdiRecord): Disk | undefined {
  if (!isDisk(cache, vdi)) return undefined;
  return {
    uuid: vdi.uuid,
    name: vdi.name_label,
    sizeBytes: vdi.virtual_size,
    usedBytes: vdi.physical_utilisation,
    storageUuid: cache.get('sr', vdi.SR)!.uuid,
    attachments: vbds(cache, cache.vbdsOfVdi.to(ref)).flatMap((vbd) => {
      const vm = cache.get('vm', vbd.VM);
      if (!vm || vm.is_a_template || vm.is_a_snapshot || vm.is_control_domain) return [];
      const device = vbd.device || vbd.userdevice;
      return [{ vmUuid: vm.uuid, device, readOnly: vbd.mode === 'RO', attached: vbd.currently_attached }];
    }),
    type: vdi.type,
    cbtEnabled: vdi.cbt_enabled,
    snapshotUuids: [...cache.snapshotsOfVdi.to(ref)]
      .flatMap((snapshotRef) => cache.get('vdi', snapshotRef) ?? [])
      .filter((snapshot) => snapshot.managed && !snapshot.missing)
      // The pool counts in seconds: of two in the same one, the first that it told of is the older.
      .sort((a, b) => a.snapshot_time.localeCompare(b.snapshot_time))
      .map((snapshot) => snapshot.uuid),
  };
}

export function deriveSnapshot(cache: RecordCache, ref: string, vdi: VdiRecord): Snapshot | undefined {
  const disk = cache.get('vdi', vdi.snapshot_of);
  const sr = cache.get('sr', vdi.SR);
  if (!vdi.is_a_snapshot || !vdi.managed || vdi.missing || !disk || !sr) return undefined;
  const hasData = vdi.type !== 'cbt_metadata';
  const vmSnapshot = vbds(cache, cache.vbdsOfVdi.to(ref))
    .map((vbd) => cache.get('vm', vbd.VM))
    .find((vm) => vm?.is_a_snapshot);
  const jobId = vdi.other_config[JOB_MARK];
  return {
    uuid: vdi.uuid,
    diskUuid: disk.uuid,
    name: vmSnapshot?.name_label ?? vdi.name_label,
    takenAt: vdi.snapshot_time,
    // Once the data is gone, file storage reports the size of the change log instead. Source: sm FileSR.py, load.
    ...(hasData ? { sizeBytes: vdi.virtual_size } : {}),
    storageUuid: sr.uuid,
    hasData,
    cbtEnabled: vdi.cbt_enabled,
    ...(vmSnapshot ? { vmSnapshotUuid: vmSnapshot.uuid } : {}),
    ours: isOurs(vdi),
    ...(jobId === undefined ? {} : { jobId }),
  };
}

/** Purposes are judged for the whole pool, as xapi-nbd does. Source: xen-api ocaml/nbd/src/main.ml. */
export function deriveNbdAccess(cache: RecordCache): NbdAccess {
  const purposes = new Set([...cache.table('network').values()].flatMap(({ purpose }) => purpose));
  if (purposes.has('nbd')) return purposes.has('insecure_nbd') ? 'conflicting' : 'secure';
  return purposes.has('insecure_nbd') ? 'insecure' : 'none';
}

export function derivePool(cache: RecordCache): Pick<Inventory, 'poolUuid' | 'poolName' | 'product'> {
  const [pool] = cache.table('pool').values();
  const master = pool && cache.get('host', pool.master);
  const version = master?.software_version;
  return {
    poolUuid: pool?.uuid ?? '',
    poolName: pool?.name_label || (master?.name_label ?? ''),
    product: [version?.['product_brand'], version?.['product_version_text'] || version?.['product_version']]
      .filter(Boolean)
      .join(' '),
  };
}
