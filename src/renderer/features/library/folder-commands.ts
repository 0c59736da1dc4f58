import { z } from 'zod';
import type { Services } from '../../workbench/services';

/** Reads what lies in a folder. */
export async function scanFolder({ engine, library }: Services, folder: string): Promise<void> {
  if (library.getState().scans.get(folder)?.state !== 'scanned')
    library.putScan(folder, { state: 'scanning' });
  const result = await engine.request('library.scan', { folder });
  library.putScan(
    folder,
    result.ok ? { state: 'scanned', ...result.value } : { state: 'failed', failure: result.failure },
  );
}

const refresh = (services: Services): void => {
  for (const folder of services.layout.getState().exportFolders) void scanFolder(services, folder);
};

/** Folders that jobs write to appear by themselves, unless they were taken off the list. */
function followJobs(services: Services): void {
  const { jobs, layout } = services;
  const known = new Set<string>();
  let finished = 0;
  jobs.subscribe(({ jobs: all }) => {
    const done = [...all.values()].filter(({ state }) => state === 'done');
    for (const { id, request } of done) {
      if (known.has(id)) continue;
      known.add(id);
      const { exportFolders, hiddenExportFolders } = layout.getState();
      const { targetFolder } = request;
      if (!exportFolders.includes(targetFolder) && !hiddenExportFolders.includes(targetFolder))
        layout.setState({ exportFolders: [...exportFolders, targetFolder] });
    }
    // A finished export is a new entry.
    if (done.length > finished) refresh(services);
    finished = done.length;
  });
}

/** The folders that the Exports view looks into. */
export function registerFolderCommands(services: Services): void {
  const { commands, engine, layout, library, registries } = services;
  const category = 'Exports';
  followJobs(services);
  commands.register(
    {
      id: 'library.addFolder',
      title: 'Open a Folder of Exports…',
      category,
      icon: 'new-folder',
      run: async () => {
        const chosen = await engine.ask('dialog.chooseFolder', {});
        const folder = chosen?.value;
        if (folder === undefined) return;
        layout.setState(({ exportFolders, hiddenExportFolders }) => ({
          exportFolders: [...exportFolders.filter((other) => other !== folder), folder],
          hiddenExportFolders: hiddenExportFolders.filter((other) => other !== folder),
        }));
        await Promise.all([scanFolder(services, folder), commands.run('view.exports')]);
      },
    },
    {
      id: 'library.removeFolder',
      title: 'Take Folder off the List',
      category,
      icon: 'close',
      palette: false,
      run: (argument) => {
        const folder = z.string().parse(argument);
        layout.setState(({ exportFolders, hiddenExportFolders }) => ({
          exportFolders: exportFolders.filter((other) => other !== folder),
          hiddenExportFolders: [...hiddenExportFolders.filter((other) => other !== folder), folder],
        }));
        library.dropScan(folder);
      },
    },
    {
      id: 'library.refresh',
      title: 'Read the Folders Again',
      category,
      icon: 'refresh',
      run: () => refresh(services),
    },
    {
      id: 'library.revealFolder',
      title: 'Show in Folder',
      category,
      icon: 'folder-opened',
      palette: false,
      run: async (argument) => {
        await engine.ask('library.reveal', { path: z.string().parse(argument) });
      },
    },
  );
  registries.menus.register(
    { id: 'folder/reveal', menu: 'exports/folder', command: 'library.revealFolder', group: '1' },
    { id: 'folder/refresh', menu: 'exports/folder', command: 'library.refresh', group: '1' },
    { id: 'folder/remove', menu: 'exports/folder', command: 'library.removeFolder', group: '2' },
  );
}
