import { BrowserWindow, nativeTheme, screen, shell } from 'electron';
import { z } from 'zod';
import type { Failure } from '../../shared/model/failure';
import { APP_ORIGIN } from './app-protocol';
import { JsonFile } from './json-file';

const boundsSchema = z.object({
  x: z.number().int().optional(),
  y: z.number().int().optional(),
  width: z.number().int().min(400),
  height: z.number().int().min(300),
  maximized: z.boolean(),
});
type Bounds = z.infer<typeof boundsSchema>;

const initial: Bounds = { width: 1440, height: 900, maximized: false };

/** A position is only kept while some display still shows it. */
function visible(bounds: Bounds): Bounds {
  const { x, y } = bounds;
  if (x === undefined || y === undefined) return bounds;
  const { workArea } = screen.getDisplayMatching({ x, y, width: bounds.width, height: bounds.height });
  const inside =
    x < workArea.x + workArea.width - 100 &&
    y < workArea.y + workArea.height - 50 &&
    x + bounds.width > workArea.x + 100 &&
    y >= workArea.y - 10;
  return inside ? bounds : { width: bounds.width, height: bounds.height, maximized: bounds.maximized };
}

/** Opens the one window: sandboxed, isolated, with nothing but the preload's bridge. Remembers its place. */
export function openWindow(options: {
  stateFile: string;
  preload: string;
  icon: string;
  onDamage: (failure: Failure) => void;
}): BrowserWindow {
  const state = new JsonFile(options.stateFile, boundsSchema, initial, options.onDamage);
  const { maximized, ...bounds } = visible(state.read());
  const window = new BrowserWindow({
    ...bounds,
    minWidth: 800,
    minHeight: 500,
    show: false,
    title: 'Deltascope',
    icon: options.icon,
    // Until the page paints.
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#1f1f1f' : '#ffffff',
    webPreferences: {
      preload: options.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  });
  if (maximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => state.write({ ...window.getNormalBounds(), maximized: window.isMaximized() }));
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  window.webContents.on('will-navigate', (event) => event.preventDefault());
  window.webContents.session.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  const devServer = process.env['ELECTRON_RENDERER_URL'];
  void window.loadURL(devServer ?? `${APP_ORIGIN}/index.html`);
  return window;
}

/** Public pages that the help menu may open; the window can name one, never give a URL. */
const pages = {
  'xapi-cbt': 'https://docs.xenserver.com/en-us/xenserver/developer/changed-block-tracking-guide.html',
  'xapi-nbd':
    'https://docs.xenserver.com/en-us/xenserver/developer/changed-block-tracking-guide/enabling-nbd',
} as const;

export async function openPage(page: keyof typeof pages): Promise<void> {
  await shell.openExternal(pages[page]);
}
