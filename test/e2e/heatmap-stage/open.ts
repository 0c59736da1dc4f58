import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import react from '@vitejs/plugin-react';
import { build } from 'vite';

/** npm runs its scripts in the project's folder. */
const project = process.cwd();
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

export interface Stage {
  readonly app: ElectronApplication;
  readonly page: Page;
  close(): Promise<void>;
}

/** Builds the page that shows one heatmap into `folder`. */
export async function buildStage(folder: string): Promise<void> {
  await build({
    root: join(project, 'test/e2e/heatmap-stage'),
    configFile: false,
    logLevel: 'warn',
    plugins: [react()],
    worker: { format: 'es' },
    build: {
      target: 'chrome130',
      outDir: folder,
      emptyOutDir: true,
      sourcemap: 'inline',
      chunkSizeWarningLimit: 4096,
    },
  });
}

/** Opens the app's own window on the page in `folder`: real preload, real main process, made-up disks. */
export async function openStage(folder: string, args: readonly string[] = []): Promise<Stage> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    readFile(join(folder, path === '/' ? 'index.html' : path)).then(
      (content) =>
        response
          .writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' })
          .end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const profile = mkdtempSync(join(tmpdir(), 'heatmap-stage-'));
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const executablePath = process.env['ELECTRON_EXEC_PATH'];
  const app = await _electron.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: [project, ...sandbox, '--log-level=3', `--user-data-dir=${profile}`, ...args],
    env: { ...environment(), ELECTRON_RENDERER_URL: `http://127.0.0.1:${portOf(server)}/index.html` },
  });
  const page = await app.firstWindow();
  await page.waitForFunction(() => 'stage' in window);
  return {
    app,
    page,
    close: async () => {
      await app.close();
      server.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const environment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
