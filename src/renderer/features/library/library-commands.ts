import { z } from 'zod';
import type { Services } from '../../workbench/services';

const verifySchema = z.object({ manifestPath: z.string(), chain: z.boolean() });

/** Reads what lies in a folder. */
export async function scanFolder({ engine, library }: Services, folder: string): Promise<void> {
  if (library.getState().scans.get(folder)?.state !== 'scanned')
    library.putScan(folder, { state: 'scanning' });
  const result = await engine.request('library.scan', { folder });
  library.putScan(
    folder,
    result.ok ? { state: 'scanned', disks: result.value } : { state: 'failed', failure: result.failure },
  );
}

/** Looking after the files that exports left. */
export function registerLibraryCommands(services: Services): void {
  const { commands, engine, layout, library, jobs } = services;
  const category = 'Exports';
  const refresh = (): void => {
    for (const folder of layout.getState().exportFolders) void scanFolder(services, folder);
  };

  // A finished export is a new entry.
  let finished = 0;
  jobs.subscribe(({ jobs: all }) => {
    const now = [...all.values()].filter(({ state }) => state === 'done').length;
    if (now > finished) refresh();
    finished = now;
  });

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
        const { exportFolders } = layout.getState();
        if (!exportFolders.includes(folder)) layout.setState({ exportFolders: [...exportFolders, folder] });
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
        layout.setState(({ exportFolders }) => ({
          exportFolders: exportFolders.filter((other) => other !== folder),
        }));
        library.dropScan(folder);
      },
    },
    { id: 'library.refresh', title: 'Read the Folders Again', category, icon: 'refresh', run: refresh },
    {
      id: 'library.verify',
      title: 'Verify',
      category,
      icon: 'verified',
      palette: false,
      run: async (argument) => {
        const { manifestPath, chain } = verifySchema.parse(argument);
        library.putVerification(manifestPath, { state: 'running' });
        const result = await engine.request('library.verify', { manifestPath, chain });
        library.putVerification(
          manifestPath,
          result.ok
            ? { state: 'finished', report: result.value, at: Date.now() }
            : { state: 'failed', failure: result.failure },
        );
      },
    },
    {
      id: 'library.reveal',
      title: 'Show in Folder',
      category,
      icon: 'folder-opened',
      palette: false,
      run: async (argument) => {
        await engine.ask('library.reveal', { path: z.string().parse(argument) });
      },
    },
  );
}
