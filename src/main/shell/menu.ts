import { app, Menu, type MenuItemConstructorOptions } from 'electron';
import { APPLICATION_MENU, type MenuEntry } from '../../shared/contract/menu';
import { accelerator } from './accelerator';
import { broadcast } from './ipc';

function toItem(entry: MenuEntry): MenuItemConstructorOptions {
  if (entry === 'separator') return { type: 'separator' };
  if ('role' in entry) return { role: entry.role };
  const { label, command, keys } = entry;
  return {
    label,
    // The window binds the keys itself; here they are only shown.
    ...(keys === undefined ? {} : { accelerator: accelerator(keys), registerAccelerator: false }),
    click: () => broadcast('command.run', { id: command, args: [] }),
  };
}

/** The native menu. It only names commands; the window runs them. */
export function installMenu(): void {
  const isMac = process.platform === 'darwin';
  const { file, disk, view, go, help } = APPLICATION_MENU;
  const end: MenuEntry[] = ['separator', { role: isMac ? 'close' : 'quit' }];
  const tools: MenuEntry[] = app.isPackaged ? [] : ['separator', { role: 'toggleDevTools' }];
  const menu = (label: string, entries: readonly MenuEntry[]): MenuItemConstructorOptions => ({
    label,
    submenu: entries.map(toItem),
  });
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(isMac ? [{ role: 'appMenu' } as MenuItemConstructorOptions] : []),
      menu('&File', [...file, ...end]),
      { role: 'editMenu' },
      menu('&Disk', disk),
      menu('&View', [...view, ...tools]),
      menu('&Go', go),
      menu('&Help', help),
    ]),
  );
}
