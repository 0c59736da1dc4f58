import type { Disk } from '../../../shared/model/inventory';
import { formatBytes, formatCount } from '../../platform/format';
import { Facts } from '../../ui/facts';
import { useStorage, useVmOfDisk } from '../../workbench/use-objects';

export function DiskIdentity({ poolId, disk }: { poolId: string; disk: Disk }) {
  const storage = useStorage(poolId, disk.storageUuid);
  const vm = useVmOfDisk(poolId, disk.uuid);
  const attachment = disk.attachments[0];
  const attached =
    vm === undefined || attachment === undefined
      ? 'to no VM'
      : `to ${vm.name} as ${attachment.device}${attachment.readOnly ? ', read-only' : ''}${attachment.attached ? '' : ', unplugged'}`;
  return (
    <Facts
      facts={[
        {
          name: 'Size',
          value: `${formatBytes(disk.sizeBytes)} (${formatBytes(disk.usedBytes)} used on the storage)`,
          title: `${formatCount(disk.sizeBytes)} bytes`,
        },
        {
          name: 'Storage',
          value:
            storage === undefined
              ? 'unknown'
              : `${storage.name} (${storage.type}${storage.shared ? ', shared' : ''})`,
        },
        { name: 'Attached', value: attached },
        { name: 'UUID', value: <code>{disk.uuid}</code> },
      ]}
    />
  );
}
