import { app, Menu, type MenuItemConstructorOptions } from 'electron';
import { broadcast } from './ipc';

/** An item that runs a command of the window. */
const command = (label: string, id: string, accelerator?: string): MenuItemConstructorOptions => ({
  label,
  // The window binds the keys itself; here they are only shown.
  ...(accelerator === undefined ? {} : { accelerator, registerAccelerator: false }),
  click: () => broadcast('command.run', { id, args: [] }),
});
const separator: MenuItemConstructorOptions = { type: 'separator' };

/** The native menu. It only names commands; the window runs them. */
export function installMenu(): void {
  const isMac = process.platform === 'darwin';
  const template: MenuItemConstructorOptions[] = [
    ...(isMac ? [{ role: 'appMenu' } as MenuItemConstructorOptions] : []),
    {
      label: '&File',
      submenu: [
        command('Connect to Pool…', 'pool.connect'),
        command('Open Demo Pool', 'pool.openDemo'),
        separator,
        command('Settings', 'settings.open', 'CmdOrCtrl+,'),
        separator,
        isMac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        command('Command Palette…', 'quick.commands', 'CmdOrCtrl+Shift+P'),
        command('Go to VM or Disk…', 'quick.goTo', 'CmdOrCtrl+P'),
        separator,
        command('Side Bar', 'view.toggleSideBar', 'CmdOrCtrl+B'),
        command('Panel', 'view.togglePanel', 'CmdOrCtrl+J'),
        separator,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        ...(app.isPackaged ? [] : [separator, { role: 'toggleDevTools' } as MenuItemConstructorOptions]),
      ],
    },
    {
      label: '&Help',
      submenu: [
        command('Welcome', 'help.welcome'),
        command('Keyboard Shortcuts', 'help.shortcuts'),
        separator,
        command('About Deltascope', 'help.about'),
      ],
    },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
