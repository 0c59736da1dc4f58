import { contentOf, refreshUsage } from '../disks/lifecycle';
import type { PoolState } from '../pool-state';
import { XapiError } from '../rpc/xapi-error';
import { guestActivity, type ActivityOptions, type GuestDisk } from '../workloads/guest-activity';
import { runWorkload, workloads, type WorkloadName, type WorkloadResult } from '../workloads/workloads';

/** Lets a VM's guest work for a while on all its disks. Returns the bytes it wrote. */
export async function actInGuest(
  pool: PoolState,
  vm: string,
  options: ActivityOptions,
): Promise<{ bytesWritten: number }> {
  const { db, guests } = pool;
  const guest = guests.get(vm);
  const disks = new Map<string, GuestDisk>();
  const touched: string[] = [];
  for (const vbd of db.VM.get(vm).VBDs) {
    const { VDI, type, mode, empty, userdevice } = db.VBD.get(vbd);
    if (type !== 'Disk' || mode !== 'RW' || empty) continue;
    const known = guest?.disks.get(userdevice);
    disks.set(known?.key ?? userdevice, { disk: contentOf(pool, VDI), areas: known?.areas ?? [] });
    touched.push(VDI);
  }
  const bytesWritten = await guestActivity(guest?.machine ?? '', disks, options);
  for (const vdi of touched) refreshUsage(pool, vdi);
  return { bytesWritten };
}

/** Runs one workload on a whole disk. @throws XapiError XENAPI_PLUGIN_FAILURE when there is no such workload */
export async function workOnDisk(
  pool: PoolState,
  vdi: string,
  name: string,
  seed: number,
): Promise<WorkloadResult> {
  if (!Object.hasOwn(workloads, name)) {
    throw new XapiError(
      'XENAPI_PLUGIN_FAILURE',
      'failed',
      'workload',
      `one of ${Object.keys(workloads).join(', ')}`,
    );
  }
  const result = await runWorkload(contentOf(pool, vdi), name as WorkloadName, { seed });
  refreshUsage(pool, vdi);
  return result;
}
