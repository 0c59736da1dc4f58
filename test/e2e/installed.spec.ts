import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createPackage } from '@electron/asar';
import { expect, test } from '@playwright/test';
import { startNbdkit } from '../fixtures/nbd-servers';

let folder: string;
let app: string;

/** What electron-builder puts beside the archive. */
const shipped = [
  ...readFileSync('electron-builder.yml', 'utf8').matchAll(/- from: (resources\/\S+)\n +to: (\S+)/g),
].map(([, from, to]) => ({ from, to }));

/** The program's folder is that of its real file, so only that one cannot be a symbolic link. */
function placeProgram(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-installed-'));
  // Laid out as electron-builder does it, around the Electron that the tests run on.
  const bundle = join(folder, 'bundle');
  cpSync('out/main', join(bundle, 'out/main'), { recursive: true, filter: (path) => !path.endsWith('.map') });
  cpSync('package.json', join(bundle, 'package.json'));
  app = join(folder, 'Deltascope');
  mkdirSync(join(app, 'resources'), { recursive: true });
  await createPackage(bundle, join(app, 'resources/app.asar'));
  for (const { from, to } of shipped) {
    const target = join(app, to === 'bin' ? '' : 'resources', to);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(resolve(from), target, { recursive: true });
  }
  const electron = process.env['ELECTRON_OVERRIDE_DIST_PATH']!;
  for (const name of readdirSync(electron)) {
    if (name === 'resources') continue;
    if (name === 'electron') placeProgram(join(electron, name), join(app, 'deltascope'));
    else symlinkSync(join(electron, name), join(app, name));
  }
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COMMANDS = {
  'its script': () => ({ file: 'bin/deltascope', before: [], env: process.env }),
  // As the Debian package links it. It must not need a display.
  'the program itself': () => ({
    file: 'deltascope',
    before: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    env: { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' },
  }),
};

for (const [name, settings] of Object.entries(COMMANDS)) {
  test(`the installed command line runs the engine from the archive, by a link to ${name} on the path`, async () => {
    const { file, before, env } = settings();
    const place = mkdtempSync(join(folder, 'run-'));
    const command = join(place, 'deltascope');
    symlinkSync(join(app, file), command);
    const run = (...args: string[]) =>
      execFileSync(command, [...before, ...args], { cwd: place, encoding: 'utf8', env, timeout: 60_000 });
    const disk = join(place, 'disk.raw');
    writeFileSync(disk, randomBytes(5 * 1024 * 1024));
    const server = await startNbdkit(['--readonly', 'file', disk]);
    try {
      expect(run('--version')).toMatch(/^\d+\.\d+\.\d+\s$/);
      const copied = JSON.parse(run('copy', server.uri, 'copy.qcow2', '--json')) as { sizeBytes: number };
      expect(copied.sizeBytes).toBe(5 * 1024 * 1024);
      execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', 'qcow2', disk, join(place, 'copy.qcow2')]);
      expect(exitCode(() => run('copy', 'nonsense'))).toBe(2);
    } finally {
      await server.stop();
    }
  });
}

function exitCode(run: () => unknown): unknown {
  try {
    run();
    return 0;
  } catch (error) {
    return (error as { status: unknown }).status;
  }
}

test('the package carries what the window reads beside its archive', () => {
  for (const file of ['third-party-notices.txt', 'icons/icon-256.png', 'demo-disks/disks.json']) {
    expect(statSync(join(app, 'resources', file)).size, file).toBeGreaterThan(100);
  }
});
