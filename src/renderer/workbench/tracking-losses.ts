import type { Disk, InventoryPatch } from '../../shared/model/inventory';
import { diskRef } from '../platform/object-ref';
import { plural } from '../platform/format';
import type { Services } from './services';

/**
 * Says which disks are no longer tracked, unless this window asked for it: every increment after it would be a surprise.
 * Called before the patch is applied. Several at once (a storage that failed) are one notification.
 */
export function announceTrackingLosses(services: Services, poolId: string, patch: InventoryPatch): void {
  const { inventory, notifications, trackingChanges } = services;
  const pool = inventory.pool(poolId);
  const lost = patch.disks.filter(
    ({ uuid, cbtEnabled }) =>
      !cbtEnabled && pool?.disks.get(uuid)?.cbtEnabled === true && !trackingChanges.take(uuid),
  );
  const [first] = lost;
  if (first === undefined) return;
  notifications.add({
    severity: 'warning',
    message: `The pool no longer tracks changes of ${namesOf(lost)}.`,
    nextStep: 'Until tracking is on again and a full export was made, there are no increments.',
    actions:
      lost.length === 1
        ? [{ title: 'Enable Change Tracking', command: 'cbt.enable', args: [diskRef(poolId, first.uuid)] }]
        : [{ title: 'Show Problems', command: 'panel.problems' }],
  });
}

const namesOf = (disks: readonly Disk[]): string =>
  disks.length === 1 ? disks[0].name : plural(disks.length, 'disk');
