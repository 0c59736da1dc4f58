import type { Services } from '../../workbench/services';
import { diskRef } from '../../platform/object-ref';
import { useDisk, useVmOfDisk } from '../../workbench/use-objects';
import { registerTrackingCommands } from './tracking-commands';
import { registerSnapshotCommands } from './snapshot-commands';
import { registerSnapshotQuickAccess } from './snapshot-quick-access';
import { DiskEditor } from './disk-editor';
import './disk.css';

export function registerDisk(services: Services): void {
  registerTrackingCommands(services);
  registerSnapshotCommands(services);
  registerSnapshotQuickAccess(services);
  services.commands.register({
    id: 'changes.askAgain',
    title: 'Ask Again Which Blocks Changed',
    category: 'Disk',
    icon: 'refresh',
    run: () => services.changedBlocks.retry(),
  });
  services.registries.editors.register({
    id: 'disk',
    component: DiskEditor,
    useTab: ({ pool = '', disk: uuid = '' }) => {
      const disk = useDisk(pool, uuid);
      const vm = useVmOfDisk(pool, uuid);
      const title = disk?.name ?? 'Disk';
      return {
        title,
        icon: 'database',
        unknown: disk === undefined,
        ...(vm === undefined ? {} : { tooltip: `${vm.name} ▸ ${title}` }),
      };
    },
    object: ({ pool = '', disk = '' }) => diskRef(pool, disk),
  });
}
