import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  app,
  clipboard,
  dialog,
  shell,
  type BrowserWindow,
  type OpenDialogOptions,
  type SaveDialogOptions,
} from 'electron';
import { z } from 'zod';
import { fail } from '../../../shared/model/failure';
import type { Settings } from '../../../shared/model/settings';
import type { DeepLinks } from '../deep-links';
import type { Handlers } from '../ipc';
import { JsonFile } from '../json-file';
import { hasKeychain } from '../keychain';
import { SettingsFile } from '../settings-file';
import { openPage } from '../window';
import type { Troubles } from '../troubles';
import { writeWhole } from '../write-whole';

type AppHandlers = Pick<
  Handlers,
  | 'app.info'
  | 'app.notices'
  | 'app.openExternal'
  | 'app.takeLink'
  | 'app.takeTroubles'
  | 'layout.load'
  | 'layout.save'
  | 'settings.load'
  | 'settings.save'
  | 'dialog.chooseFolder'
  | 'dialog.chooseImage'
  | 'dialog.saveFile'
  | 'clipboard.write'
  | 'library.reveal'
>;

const filters = {
  png: { name: 'PNG image', extensions: ['png'] },
  csv: { name: 'Comma-separated values', extensions: ['csv'] },
  json: { name: 'JSON', extensions: ['json'] },
  html: { name: 'HTML', extensions: ['html'] },
};

const imageFilters = {
  vhd: { name: 'VHD image', extensions: ['vhd'] },
  qcow2: { name: 'qcow2 image', extensions: ['qcow2'] },
  raw: { name: 'Raw image', extensions: ['raw', 'img'] },
};

/** Requests about the app itself: versions, settings, layout, dialogs. */
export function appHandlers(options: {
  readonly dataFolder: string;
  readonly resourceFolder: string;
  readonly window: () => BrowserWindow | undefined;
  readonly links: DeepLinks;
  readonly troubles: Troubles;
  /** Hears the settings at the start and whenever they change. */
  readonly onSettings: (settings: Settings) => void;
}): AppHandlers {
  const settings = new SettingsFile(join(options.dataFolder, 'settings.json'));
  options.onSettings(settings.read().settings);
  const layout = new JsonFile(join(options.dataFolder, 'layout.json'), z.string(), '', (failure) =>
    options.troubles.add(failure),
  );
  return {
    'app.info': async () => ({
      version: app.getVersion(),
      electron: process.versions.electron,
      chromium: process.versions.chrome,
      node: process.versions.node,
      platform: process.platform,
      keychain: await hasKeychain(),
    }),
    'app.notices': () => readNotices(join(options.resourceFolder, 'third-party-notices.txt')),
    'app.openExternal': async ({ page }) => {
      await openPage(page);
      return undefined;
    },
    'app.takeLink': () => options.links.take(),
    'app.takeTroubles': () => options.troubles.take(),
    'layout.load': () => layout.read() || undefined,
    'layout.save': (text) => {
      layout.write(text);
      return undefined;
    },
    'settings.load': () => settings.read(),
    'settings.save': (next) => {
      settings.write(next);
      options.onSettings(next);
      return next;
    },
    'dialog.chooseFolder': async ({ startIn }) => {
      const owner = options.window();
      const choice = await openDialog(owner, {
        title: 'Choose the folder for exports',
        defaultPath: startIn || app.getPath('documents'),
        properties: ['openDirectory', 'createDirectory'],
      });
      return choice.canceled ? undefined : choice.filePaths[0];
    },
    'dialog.chooseImage': async ({ suggestedName, startIn, format }) => {
      const choice = await saveDialog(options.window(), {
        title: 'Choose a new image file',
        defaultPath: join(startIn ?? app.getPath('documents'), suggestedName),
        filters: [imageFilters[format]],
      });
      return choice.canceled ? undefined : choice.filePath;
    },
    'dialog.saveFile': async ({ suggestedName, kind, content }) => {
      const owner = options.window();
      const choice = await saveDialog(owner, {
        defaultPath: join(app.getPath('documents'), suggestedName),
        filters: [filters[kind]],
      });
      if (choice.canceled) return undefined;
      try {
        await writeWhole(choice.filePath, content);
      } catch (error) {
        fail(
          {
            code: 'save-failed',
            message: `The file ${choice.filePath} could not be written.`,
            nextStep: 'Choose another folder, or free some space there.',
            details: error instanceof Error ? error.message : String(error),
          },
          error,
        );
      }
      return choice.filePath;
    },
    'clipboard.write': async (text) => {
      await clipboard.writeText(text);
      return undefined;
    },
    'library.reveal': ({ path }) => {
      shell.showItemInFolder(path);
      return undefined;
    },
  };
}

const openDialog = (owner: BrowserWindow | undefined, options: OpenDialogOptions) =>
  owner ? dialog.showOpenDialog(owner, options) : dialog.showOpenDialog(options);
const saveDialog = (owner: BrowserWindow | undefined, options: SaveDialogOptions) =>
  owner ? dialog.showSaveDialog(owner, options) : dialog.showSaveDialog(options);

function readNotices(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return 'The third-party notices are missing from this build: `npm run notices` makes them.';
  }
}
