import { join } from 'node:path';
import { app, BrowserWindow } from 'electron';
import { fail } from '../shared/model/failure';
import { declareAppScheme, serveApp } from './shell/app-protocol';
import { appHandlers } from './shell/handlers/app';
import { diskHandlers } from './shell/handlers/disks';
import { poolHandlers } from './shell/handlers/pools';
import { broadcast, serveRequests, type Handlers } from './shell/ipc';
import { installMenu } from './shell/menu';
import { PoolService } from './shell/pool-service';
import { Secrets } from './shell/secrets';
import { openWindow } from './shell/window';

const here = import.meta.dirname;
const resourceFolder = app.isPackaged ? process.resourcesPath : join(here, '../../resources');

declareAppScheme();
if (!app.requestSingleInstanceLock()) app.exit(0);

async function start(): Promise<void> {
  await app.whenReady();
  const dataFolder = process.env['DELTASCOPE_HOME'] ?? app.getPath('userData');
  const secrets = new Secrets(join(dataFolder, 'secrets.json'));
  const pools = new PoolService({
    dataFolder,
    secrets,
    demo: {
      workerFile: new URL('./demo-pool-worker.js', import.meta.url),
      imageFolder: join(resourceFolder, 'demo-disks'),
    },
    onPoolsChanged: (list) => broadcast('pools.changed', list),
    onInventoryChanged: (poolId, patch) => broadcast('inventory.changed', { poolId, patch }),
  });
  const missing = new Proxy({} as Handlers, {
    get: (_target, name) => async () =>
      fail({ code: 'not-ready', message: `${String(name)} is not there yet.`, nextStep: 'Wait.' }),
  });
  let window: BrowserWindow | undefined;
  const known = {
    ...appHandlers({ dataFolder, resourceFolder, secrets, window: () => window }),
    ...poolHandlers(pools),
    ...diskHandlers(pools),
  };
  serveRequests(
    new Proxy(missing, { get: (target, name) => Reflect.get(known, name) ?? Reflect.get(target, name) }),
  );
  serveApp(join(here, '../renderer'));
  installMenu();
  const show = () => {
    window = openWindow({
      stateFile: join(dataFolder, 'window.json'),
      preload: join(here, '../preload/index.cjs'),
    });
  };
  show();
  if (process.argv.includes('--demo')) await pools.openDemo();
  app.on('second-instance', () => window?.focus());
  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) show();
  });
  app.on('window-all-closed', () => {
    void pools.close().finally(() => app.quit());
  });
}

void start();
