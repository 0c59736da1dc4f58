/** An item of the native menu that runs a command of the window; `keys` as the window binds them. */
export interface MenuCommand {
  readonly label: string;
  readonly command: string;
  /** In the window's notation, `$mod+Shift+KeyP`: shown only, the window listens for them. */
  readonly keys?: string;
}
/** What the system does itself: quitting, editing text, zooming. */
export interface MenuRole {
  readonly role:
    | 'quit'
    | 'close'
    | 'resetZoom'
    | 'zoomIn'
    | 'zoomOut'
    | 'togglefullscreen'
    | 'toggleDevTools'
    | 'minimize';
}
export type MenuEntry = MenuCommand | MenuRole | 'separator';

const item = (label: string, command: string, keys?: string): MenuCommand => ({
  label,
  command,
  ...(keys === undefined ? {} : { keys }),
});

/** The native menu, besides Edit. It only names commands, so that menu, palette and keys do the same. */
export const APPLICATION_MENU: Readonly<
  Record<'file' | 'disk' | 'view' | 'go' | 'help', readonly MenuEntry[]>
> = {
  file: [
    item('Connect to a Pool…', 'pool.connect'),
    item('Open the Demo Pool', 'pool.openDemo'),
    item('Open a Folder of Exports…', 'library.addFolder'),
    'separator',
    item('Close Tab', 'editor.close', '$mod+KeyW'),
    'separator',
    item('Settings', 'settings.open', '$mod+Comma'),
    item('Colour Theme…', 'theme.choose'),
  ],
  disk: [
    item('Enable Change Tracking', 'cbt.enable'),
    item('Take Snapshot', 'snapshot.create'),
    item('Choose Where the Interval Begins…', 'snapshot.chooseBase'),
    'separator',
    item('Export…', 'export.new', '$mod+KeyE'),
    item('Start Export', 'export.start', '$mod+Enter'),
  ],
  view: [
    item('Command Palette…', 'quick.commands', '$mod+Shift+KeyP'),
    'separator',
    item('Pools', 'view.pools', 'Control+Shift+Digit1'),
    item('Exports', 'view.exports', 'Control+Shift+Digit2'),
    item('Jobs', 'view.jobs', 'Control+Shift+Digit3'),
    'separator',
    item('Problems', 'panel.problems'),
    item('Log', 'panel.log'),
    item('Notifications', 'notifications.show', '$mod+Shift+KeyN'),
    'separator',
    item('Side Bar', 'view.toggleSideBar', '$mod+KeyB'),
    item('Panel', 'view.togglePanel', '$mod+KeyJ'),
    item('Move to a Group on the Right', 'editor.splitRight', '$mod+Backslash'),
    'separator',
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { role: 'togglefullscreen' },
  ],
  go: [
    item('VM or Disk…', 'quick.goTo', '$mod+KeyP'),
    item('Snapshot…', 'snapshot.goTo', '$mod+Shift+KeyO'),
    item('Job…', 'job.goTo'),
    'separator',
    item('Next Tab', 'editor.next', '$mod+PageDown'),
    item('Previous Tab', 'editor.previous', '$mod+PageUp'),
    item('Next Part of the Window', 'view.focusNextPart', 'F6'),
  ],
  help: [
    item('Welcome', 'help.welcome'),
    item('Keyboard Shortcuts', 'help.shortcuts'),
    item('How Change Tracking Works', 'help.cbt'),
    'separator',
    item('About Deltascope', 'help.about'),
  ],
};
