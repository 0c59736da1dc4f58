import type { FoundExport } from '../../stores/library';
import type { Services } from '../../workbench/services';
import { compareLine, flattenLine, restoreLine, serveLine, verifyLine } from './command-lines';
import { exportName, filesOf, parentFolderOf } from './export-files';
import { sourceOf } from './source-of';
import { openExport, targetExport } from './target-export';

/** Going to an export, and taking something of it elsewhere. */
export function registerExportCommands(services: Services): void {
  const { commands, engine, inventory, pools, quickInput, registries } = services;
  const category = 'Exports';
  const onExport =
    (act: (found: FoundExport) => void | Promise<void>) =>
    (argument: unknown): void | Promise<void> => {
      const found = targetExport(services, argument);
      if (found !== undefined) return act(found);
    };
  const copy = async (text: string): Promise<void> => {
    await engine.ask('clipboard.write', text);
  };

  const copyLine = ({ entry: { manifest, manifestPath } }: FoundExport): void => {
    const source = sourceOf(inventory.getState(), manifest);
    const poolUrl = pools.byId(source?.poolId ?? '')?.url ?? 'https://POOL';
    const flat = `${parentFolderOf(manifestPath)}/${exportName(manifestPath)}-flat.qcow2`;
    const target = { manifestPath, poolUrl, storageUuid: 'STORAGE', name: '', prove: true };
    const lines = [
      { id: 'verify', label: verifyLine(manifestPath), description: 'verify the chain' },
      { id: 'compare', label: compareLine(manifestPath, poolUrl), description: 'compare with the source' },
      { id: 'flatten', label: flattenLine(manifestPath, flat, 'qcow2'), description: 'flatten' },
      { id: 'serve', label: serveLine(manifestPath), description: 'serve over NBD' },
      { id: 'restore', label: restoreLine(target), description: 'restore' },
    ];
    quickInput.pick({
      title: 'Copy a command line',
      placeholder: 'Which one?',
      items: lines.map(({ id, label, description }) => ({
        id,
        label: description,
        description: label,
        icon: 'terminal',
        run: () => void copy(label),
      })),
    });
  };

  commands.register(
    {
      id: 'library.open',
      title: 'Open the Chain',
      category,
      icon: 'archive',
      palette: false,
      run: onExport((found) => openExport(services, found)),
    },
    {
      id: 'library.reveal',
      title: 'Show in Folder',
      category,
      icon: 'folder-opened',
      when: 'library.export',
      run: onExport(async ({ entry }) => {
        const path = entry.failure === undefined ? filesOf(entry).imagePath : entry.manifestPath;
        await engine.ask('library.reveal', { path });
      }),
    },
    {
      id: 'library.copyPath',
      title: 'Copy Path of the Image',
      category,
      icon: 'copy',
      when: 'library.export',
      keys: ['$mod+KeyK $mod+KeyP'],
      run: onExport(({ entry }) => copy(filesOf(entry).imagePath)),
    },
    {
      id: 'library.copyCommandLine',
      title: 'Copy as Command Line…',
      category,
      icon: 'terminal',
      when: 'library.export',
      run: onExport(copyLine),
    },
  );

  const MENU: readonly (readonly [command: string, group: string])[] = [
    ['library.open', '1'],
    ['library.verify', '2'],
    ['library.verifyChain', '2'],
    ['library.compareSamples', '2'],
    ['library.compareAll', '2'],
    ['library.restore', '3'],
    ['library.flatten', '3'],
    ['library.serve', '3'],
    ['library.stopServing', '3'],
    ['library.reveal', '4'],
    ['library.copyPath', '4'],
    ['library.copyCommandLine', '4'],
  ];
  for (const menu of ['exports/link', 'chain/link']) {
    for (const [order, [command, group]] of MENU.entries()) {
      if (menu === 'chain/link' && command === 'library.open') continue;
      registries.menus.register({ id: `${menu}/${command}`, menu, command, group, order });
    }
  }
}
