import { enableTracking } from '../disks/change-tracking';
import { addDisk } from '../disks/lifecycle';
import { refreshVmOperations, startVm } from '../machines/power';
import type { PoolState } from '../pool-state';
import { DateTime } from '../rpc/value';
import { openDemoDisk, type DemoDisk } from '../storage/demo-disks';
import { VirtualDisk } from '../storage/virtual-disk';
import { VMS, type VmBlueprint } from './blueprint';
import type { Infrastructure } from './build-infrastructure';

const MIB = 1024 * 1024;
const DAY = 24 * 60 * 60 * 1000;
/** Largest VHD; larger disks are qcow2. Source: xen-api ocaml/xapi-consts/constants.ml. */
const MAX_VHD_BYTES = 2040 * 1024 ** 3;

export interface DiskImages {
  readonly folder: string;
  readonly disks: ReadonlyMap<string, DemoDisk>;
}

/** The VMs of the blueprint with their disks. Resolves to their references by key. */
export async function buildMachines(
  pool: PoolState,
  infrastructure: Infrastructure,
  images: DiskImages,
): Promise<Map<string, string>> {
  const vms = new Map<string, string>();
  for (const blueprint of VMS) {
    const vm = addVm(pool, blueprint, infrastructure);
    vms.set(blueprint.key, vm);
    const disks = new Map<string, DemoDisk>();
    for (const [position, { key, storage, cbt }] of blueprint.disks.entries()) {
      const image = images.disks.get(key);
      if (!image) throw new Error(`no demo disk ${key}`);
      disks.set(String(position), image);
      const vdi = await addImageDisk(pool, images.folder, image, infrastructure.storages.get(storage)!);
      attach(pool, vm, vdi, position);
      if (cbt) enableTracking(pool, vdi);
    }
    pool.guests.set(vm, { machine: blueprint.key, disks });
    if (blueprint.host !== undefined)
      startVm(pool, vm, infrastructure.hosts[blueprint.host], pool.clock.now() - 29 * DAY);
  }
  return vms;
}

/** Many small halted VMs that cost little, to see how a large pool feels. */
export async function buildCrowd(
  pool: PoolState,
  { storages }: Infrastructure,
  count: number,
): Promise<void> {
  for (let index = 1; index <= count; index++) {
    const vm = pool.db.VM.create({ name_label: `vm-${String(index).padStart(5, '0')}` });
    refreshVmOperations(pool, vm);
    const disk = await VirtualDisk.create({ sizeBytes: 2 * MIB });
    const vdi = addDisk(pool, disk, { name_label: `vm-${index} disk`, SR: storages.get('nfs')! });
    attach(pool, vm, vdi, 0);
    if (index % 2 === 0) enableTracking(pool, vdi);
  }
}

function addVm(pool: PoolState, { name, description, os }: VmBlueprint, { network }: Infrastructure): string {
  const { db, clock } = pool;
  const metrics = db.VM_metrics.create({
    install_time: new DateTime(clock.now() - 400 * DAY),
    VCPUs_number: 2,
  });
  const guest_metrics = db.VM_guest_metrics.create({
    os_version: { name: os, distro: os.split(' ')[0].toLowerCase() },
  });
  const vm = db.VM.create({ name_label: name, name_description: description, metrics, guest_metrics });
  db.VIF.create({ VM: vm, network, device: '0', MAC: '02:00:00:00:10:00' });
  refreshVmOperations(pool, vm);
  return vm;
}

async function addImageDisk(pool: PoolState, folder: string, image: DemoDisk, sr: string): Promise<string> {
  const { sizeBytes, name } = image;
  const isVhd = sizeBytes % (2 * MIB) === 0 && sizeBytes <= MAX_VHD_BYTES;
  return addDisk(pool, await openDemoDisk(folder, image), {
    name_label: name,
    SR: sr,
    sm_config: isVhd ? {} : { 'image-format': 'qcow2' },
  });
}

function attach({ db }: PoolState, vm: string, vdi: string, position: number): void {
  db.VBD.create({
    VM: vm,
    VDI: vdi,
    userdevice: String(position),
    device: `xvd${String.fromCharCode(97 + position)}`,
    bootable: position === 0,
    unpluggable: position !== 0,
  });
}
