import { join } from 'node:path';
import type { Disk, Vm } from '../../../../shared/model/inventory';
import type { LibraryDisk } from '../../../../shared/model/library';
import { diskFolderName } from '../files/names';

/** The VM that a disk belongs to: the first that holds it. */
export const vmOf = (disk: Disk, vms: readonly Vm[]): Vm | undefined =>
  vms.find(({ diskUuids }) => diskUuids.includes(disk.uuid));

/** Where a disk's exports go: to its earlier ones, whatever it is called now, or to a new folder. */
export function folderOf(
  targetFolder: string,
  disk: Disk,
  vm: Vm | undefined,
  earlier: LibraryDisk | undefined,
): string {
  return earlier?.folder ?? join(targetFolder, diskFolderName(vm?.name, disk.name, disk.uuid));
}
