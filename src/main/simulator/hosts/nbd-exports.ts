import { pause } from '../clock';
import { vbdsOf } from '../disks/attachments';
import { contentOf } from '../disks/lifecycle';
import { freePosition, plug, unplug } from '../disks/plugging';
import type { OpenExport } from '../nbd/server';
import type { PoolState } from '../pool-state';
import { XapiError } from '../rpc/xapi-error';
import { isSessionAlive } from '../sessions/sessions';

const EXPORT_NAME = /^\/(?<uuid>[0-9a-f-]{36})\?session_id=(?<session>OpaqueRef:[0-9a-f-]{36})$/;

/**
 * Opens a disk for one NBD connection: checks the session, then creates and plugs a VBD on the host's control domain,
 * which goes away some time after the connection. Source: xen-api ocaml/nbd/src/main.ml.
 */
export async function openExport(
  pool: PoolState,
  host: string,
  exportName: string,
): Promise<OpenExport | undefined> {
  const { uuid, session } = EXPORT_NAME.exec(exportName)?.groups ?? {};
  if (uuid === undefined || session === undefined || !isSessionAlive(pool, session)) return undefined;
  try {
    const vdi = pool.db.VDI.refByUuid(uuid);
    const vbd = await plugReadOnly(pool, vdi, pool.db.host.get(host).control_domain);
    return { disk: contentOf(pool, vdi), release: () => unplugLate(pool, vbd) };
  } catch (error) {
    // Whatever XAPI refuses, the client only sees its connection closed.
    if (error instanceof XapiError) return undefined;
    throw error;
  }
}

/**
 * Creates and plugs a VBD that reads the VDI on a control domain. While one is being plugged another cannot be, so
 * clients open their connections one after another. Source: vatesfr/xen-orchestra pull request 8086.
 * @throws XapiError when it cannot be plugged
 */
export async function plugReadOnly(pool: PoolState, vdi: string, controlDomain: string): Promise<string> {
  const { db, timings } = pool;
  if (vbdsOf(pool, vdi).some((vbd) => Object.values(vbd.current_operations).includes('plug'))) {
    throw new XapiError('VDI_IN_USE', vdi, 'attach');
  }
  const userdevice = freePosition(pool, controlDomain);
  const vbd = db.VBD.create({ VM: controlDomain, VDI: vdi, userdevice, mode: 'RO', type: 'Disk' });
  db.VBD.update(vbd, { current_operations: { [`OpaqueRef:${pool.newUuid()}`]: 'plug' } });
  try {
    await pause(timings.vbdPlug);
    plug(pool, vbd);
  } catch (error) {
    db.VBD.destroy(vbd);
    throw error;
  }
  db.VBD.update(vbd, { current_operations: {} });
  return vbd;
}

/** Unplugs and destroys a VBD, as late as the real host does. */
export async function unplugLate(pool: PoolState, vbd: string): Promise<void> {
  await pause(pool.timings.vbdUnplug);
  if (!pool.db.VBD.has(vbd)) return;
  if (pool.db.VBD.get(vbd).currently_attached) unplug(pool, vbd);
  pool.db.VBD.destroy(vbd);
}
