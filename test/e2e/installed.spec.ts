import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createPackage } from '@electron/asar';
import { expect, test } from '@playwright/test';
import { startNbdkit } from '../fixtures/nbd-servers';

/** Laid out as electron-builder does it, around the Electron that the tests run on. */
async function install(folder: string): Promise<string> {
  const bundle = join(folder, 'bundle');
  cpSync('out/main', join(bundle, 'out/main'), { recursive: true, filter: (path) => !path.endsWith('.map') });
  cpSync('package.json', join(bundle, 'package.json'));
  const app = join(folder, 'Deltascope');
  mkdirSync(join(app, 'resources'), { recursive: true });
  await createPackage(bundle, join(app, 'resources/app.asar'));
  symlinkSync(resolve('resources/demo-disks'), join(app, 'resources/demo-disks'));
  symlinkSync(join(process.env['ELECTRON_OVERRIDE_DIST_PATH']!, 'electron'), join(app, 'deltascope'));
  cpSync('resources/bin', join(app, 'bin'), { recursive: true });
  return join(app, 'bin/deltascope');
}

test('the installed command line runs the engine from the archive, by a link on the path', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'deltascope-installed-'));
  const command = join(folder, 'deltascope');
  symlinkSync(await install(folder), command);
  const run = (...args: string[]) => execFileSync(command, args, { cwd: folder, encoding: 'utf8' });
  const disk = join(folder, 'disk.raw');
  writeFileSync(disk, randomBytes(5 * 1024 * 1024));
  const server = await startNbdkit(['--readonly', 'file', disk]);
  try {
    expect(run('--version')).toMatch(/^\d+\.\d+\.\d+\s$/);
    const copied = JSON.parse(run('copy', server.uri, 'copy.qcow2', '--json')) as { sizeBytes: number };
    expect(copied.sizeBytes).toBe(5 * 1024 * 1024);
    execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', 'qcow2', disk, join(folder, 'copy.qcow2')]);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
