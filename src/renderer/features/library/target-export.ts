import { z } from 'zod';
import type { FoundExport } from '../../stores/library';
import type { Services } from '../../workbench/services';

const pathSchema = z.string().min(1);

/** The export a command acts on: its argument (the path of a manifest), else the one that is chosen. */
export function targetExport(
  { library, notifications }: Services,
  argument: unknown,
): FoundExport | undefined {
  const path = pathSchema.safeParse(argument).data ?? library.getState().selected;
  const found = path === undefined ? undefined : library.find(path);
  if (found === undefined)
    notifications.add({
      severity: 'info',
      message: 'Choose an export first.',
      nextStep: 'Open a disk in the Exports view.',
    });
  return found;
}

/** Shows an export in the editor of its chain. */
export function openExport(
  { editors, library }: Services,
  { folder, disk, entry }: FoundExport,
  options: { readonly preview?: boolean; readonly preserveFocus?: boolean } = {},
): void {
  library.select(entry.manifestPath);
  editors.open(
    {
      type: 'chain',
      params: { root: folder, folder: disk.folder, disk: disk.diskUuid, name: disk.diskName },
    },
    options,
  );
}
