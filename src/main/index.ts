import { join } from 'node:path';
import { app, type BrowserWindow } from 'electron';
import { toFailure, type Failure } from '../shared/model/failure';
import type { LibraryOperation } from '../shared/model/library-operation';
import { attempt, err, ok, type Result } from '../shared/model/result';
import { copyInWorker } from './engine/export/copy/worker-client';
import { exportRunner } from './engine/export/run/run-export';
import { hasEnded } from './engine/jobs/job-state';
import { GoOnLater } from './engine/jobs/go-on-later';
import { jobsInUse, type JobsInUse } from './engine/jobs/jobs-in-use';
import { JobQueue } from './engine/jobs/queue';
import { LibraryOperations } from './engine/library/operations/operations';
import { libraryRunner } from './engine/library/operations/run';
import { declareAppScheme, serveApp } from './shell/app-protocol';
import { guardClose } from './shell/close-guard';
import { closeQuestion } from './shell/close-question';
import { commandLine, runAsNode } from './shell/command-line';
import { DeepLinks } from './shell/deep-links';
import { demoSwitch } from './shell/demo-switch';
import { endApp } from './shell/end-app';
import { appHandlers } from './shell/handlers/app';
import { diskHandlers } from './shell/handlers/disks';
import { exportHandlers } from './shell/handlers/exports';
import { libraryHandlers } from './shell/handlers/library';
import { poolHandlers } from './shell/handlers/pools';
import { broadcast, serveRequests } from './shell/ipc';
import { systemKeychain } from './shell/keychain';
import { installMenu } from './shell/menu';
import { PoolService } from './shell/pool-service';
import { Secrets } from './shell/secrets';
import { Troubles } from './shell/troubles';
import { openWindow } from './shell/window';
import { threadsEnded } from './threads/threads';

const here = import.meta.dirname;
const resourceFolder = app.isPackaged ? process.resourcesPath : join(here, '../../resources');

function attemptNow<T>(work: () => T): Result<T> {
  try {
    return ok(work());
  } catch (error) {
    return err(toFailure(error));
  }
}

const unfinished = (operations: LibraryOperations): LibraryOperation[] =>
  operations.list().filter(({ endedAt }) => endedAt === undefined);

/** Jobs and restores of all processes whose objects on a pool are in use, or will be once they go on. */
const jobsOf = (folder: string, queue: JobQueue): Promise<JobsInUse> => {
  const ended = queue.list().filter(({ state }) => hasEnded(state));
  return jobsInUse(folder, { ended: new Set(ended.map(({ id }) => id)) });
};

async function start(): Promise<void> {
  declareAppScheme();
  if (!app.requestSingleInstanceLock()) {
    app.exit(0);
    return;
  }
  const links = new DeepLinks();
  const troubles = new Troubles((failure) => broadcast('app.trouble', failure));
  await app.whenReady();
  const dataFolder = process.env['DELTASCOPE_HOME'] ?? app.getPath('userData');
  const tell = (failure: Failure): void => troubles.add(failure);
  const secrets = new Secrets(join(dataFolder, 'secrets.json'), systemKeychain, tell);
  const pools = new PoolService({
    dataFolder,
    secrets,
    demo: {
      workerFile: new URL('./demo-pool-worker.js', import.meta.url),
      imageFolder: join(resourceFolder, 'demo-disks'),
    },
    onPoolsChanged: (list) => broadcast('pools.changed', list),
    onInventoryChanged: (poolId, patch) => broadcast('inventory.changed', { poolId, patch }),
    onTrouble: tell,
  });
  let window: BrowserWindow | undefined;
  const jobsFolder = join(dataFolder, 'jobs');
  const parts = {
    connection: (poolId: string) => attemptNow(() => pools.connection(poolId)),
    startCopy: copyInWorker(new URL('./copy-worker.js', import.meta.url)),
  };
  const { queue } = await JobQueue.open(
    jobsFolder,
    exportRunner({ ...parts, toolVersion: app.getVersion() }),
  );
  new GoOnLater(queue);
  const operations = new LibraryOperations(
    libraryRunner({
      ...parts,
      jobsFolder,
      connections: queue.connections,
      workerFile: new URL('./library-worker.js', import.meta.url),
    }),
  );
  operations.on('changed', (operation) => broadcast('library.operation', operation));
  queue.on('changed', (job) => broadcast('jobs.changed', job));
  queue.on('log', (entry) => broadcast('jobs.logged', entry));
  queue.on('map', (change) => broadcast('jobs.map', change));
  queue.on('removed', (jobId) => broadcast('jobs.removed', { jobId }));
  serveRequests({
    ...appHandlers({
      dataFolder,
      resourceFolder,
      window: () => window,
      links,
      troubles,
      onSettings: ({ limitBytesPerSecond }) => queue.limitAll(limitBytesPerSecond || undefined),
    }),
    ...poolHandlers(
      pools,
      () => jobsOf(jobsFolder, queue),
      (look) => {
        const noted = attemptNow(() => queue.lookedAt(look));
        if (!noted.ok) tell(noted.failure);
      },
    ),
    ...diskHandlers(pools),
    ...exportHandlers(pools, queue),
    ...libraryHandlers(operations),
  });
  serveApp(join(here, '../renderer'));
  installMenu();
  const show = () => {
    links.windowOpens();
    window = openWindow({
      stateFile: join(dataFolder, 'window.json'),
      preload: join(here, '../preload/index.cjs'),
      icon: join(resourceFolder, 'icons/icon-256.png'),
      onDamage: tell,
    });
    guardClose(
      window,
      () => closeQuestion(queue.running(), unfinished(operations)),
      async () => {
        await Promise.all([queue.close(), operations.close()]);
      },
    );
    window.on('closed', () => {
      window = undefined;
    });
  };
  show();
  app.on('second-instance', (_event, argv) => {
    if (window === undefined) show();
    else {
      if (window.isMinimized()) window.restore();
      window.focus();
    }
    links.follow(argv);
  });
  app.on('activate', () => {
    if (window === undefined) show();
  });
  endApp(app, {
    hasWindow: () => window !== undefined,
    undo: () => operations.close(),
    logOut: () => pools.close(),
    threadsEnded,
    kill: () => process.kill(process.pid, 'SIGKILL'),
  });
  // Last, and not awaited by anything: the app may be closed meanwhile.
  const demo = demoSwitch(process.argv);
  if (demo === undefined) return;
  const opened = await attempt(() => pools.openDemo(demo.vmCount));
  if (!opened.ok) tell(opened.failure);
}

const command = app.isPackaged ? commandLine(process.argv.slice(1)) : undefined;
// Awaited before Electron goes on to look for a display, which a command needs none of.
if (command !== undefined) app.exit(await runAsNode(join(here, 'cli.js'), command));
else void start();
