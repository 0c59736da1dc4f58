import type { PoolState } from '../pool-state';
import { XapiError } from '../rpc/xapi-error';
import { loseTracking } from './change-tracking';
import { activeVbds, refreshOperations } from './attachments';
import { forgetContent, nameContent } from './content-id';

/** Attaches a VBD's disk to its running VM. @throws XapiError as VBD.plug does */
export function plug(pool: PoolState, vbd: string): void {
  const { db, cbt } = pool;
  const { VM, VDI, mode, currently_attached, empty } = db.VBD.get(vbd);
  if (currently_attached) throw new XapiError('DEVICE_ALREADY_ATTACHED', vbd);
  const { power_state } = db.VM.get(VM);
  if (power_state !== 'Running') {
    throw new XapiError('VM_BAD_POWER_STATE', VM, 'running', power_state.toLowerCase());
  }
  if (!empty) {
    const { type, uuid } = db.VDI.get(VDI);
    if (type === 'cbt_metadata') throw new XapiError('VDI_INCOMPATIBLE_TYPE', VDI, type);
    const others = activeVbds(pool, VDI).filter((other) => other.VM !== VM);
    if (others.some((other) => other.mode === 'RW' || mode === 'RW')) {
      throw new XapiError('VDI_IN_USE', VDI, 'attach');
    }
    if (mode === 'RW') {
      const log = cbt.get(uuid);
      if (log && !log.consistent) loseTracking(pool, VDI);
      pool.disks.get(VDI)?.thaw();
      forgetContent(pool, VDI);
    }
  }
  db.VBD.update(vbd, { currently_attached: true, device: `xvd${letter(db.VBD.get(vbd).userdevice)}` });
  refreshOperations(pool, VDI);
}

/** Detaches a VBD's disk. @throws XapiError DEVICE_ALREADY_DETACHED */
export function unplug(pool: PoolState, vbd: string): void {
  const { currently_attached, VDI, empty } = pool.db.VBD.get(vbd);
  if (!currently_attached) throw new XapiError('DEVICE_ALREADY_DETACHED', vbd);
  pool.db.VBD.update(vbd, { currently_attached: false });
  if (!empty && pool.db.VDI.has(VDI)) nameContent(pool, VDI);
  refreshOperations(pool, VDI);
}

/** The smallest position of a VM where no VBD is. */
export function freePosition({ db }: PoolState, vm: string): string {
  const taken = new Set([...db.VM.get(vm).VBDs].map((vbd) => db.VBD.get(vbd).userdevice));
  let position = 0;
  while (taken.has(String(position))) position++;
  return String(position);
}

/** `a` for position 0, as in `xvda`; positions beyond `z` carry two letters. */
function letter(userdevice: string): string {
  const position = Number(userdevice);
  const high = Math.floor(position / 26);
  const last = String.fromCharCode(97 + (position % 26));
  return high === 0 ? last : String.fromCharCode(96 + high) + last;
}
