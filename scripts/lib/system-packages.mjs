import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { say, stop } from './log.mjs';

// Several names: the same package before and after Debian's 64-bit time_t renaming.
const windowLibraries = [
  ['libgtk-3-0', 'libgtk-3-0t64'],
  ['libnss3'],
  ['libgbm1'],
  ['libasound2', 'libasound2t64'],
  ['libatk-bridge2.0-0', 'libatk-bridge2.0-0t64'],
  ['libdrm2'],
  ['libxss1'],
  ['libxtst6'],
  ['libcups2', 'libcups2t64'],
  ['libxkbcommon0'],
];
const virtualDisplay = [['xvfb'], ['xauth']];
const judges = [
  ['qemu-utils'],
  ['nbdkit'],
  ['libnbd-bin'],
  ['nbd-server'],
  ['libvhdi-utils'],
  ['python3-libvhdi'],
  ['python3-libnbd'],
  ['e2fsprogs'],
  ['xfsprogs'],
  ['btrfs-progs'],
  ['ntfs-3g'],
  ['dosfstools'],
  ['lvm2'],
  ['fdisk'],
  ['openssl'],
];
const benchTools = [
  ['qemu-utils'],
  ['nbdkit'],
  ['libnbd-bin'],
  ['openssl'],
  ['time'],
  ['gcc'],
  ['libc6-dev'],
  ['libnbd-dev'],
];

const soakTools = [['qemu-utils'], ['libvhdi-utils'], ['python3-libvhdi'], ['openssl']];

/** Debian packages by purpose. */
export const packageSets = {
  window: windowLibraries,
  tests: [...windowLibraries, ...virtualDisplay, ...judges],
  bench: [...windowLibraries, ...benchTools],
  soak: soakTools,
};

const installed = (name) =>
  spawnSync('dpkg-query', ['-W', '-f=${db:Status-Status}', name], { encoding: 'utf8' }).stdout ===
  'installed';

/**
 * Installs what is missing on Debian as root; elsewhere on Debian names the missing packages and the command.
 * On other systems it does nothing.
 */
export function ensureSystemPackages(set) {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/dpkg-query')) return;
  const missing = set.filter((names) => !names.some(installed));
  if (missing.length === 0) return;
  const isRoot = process.getuid() === 0;
  const apt = (...args) =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  if (isRoot) {
    say(`installing system packages: ${missing.map(([first]) => first).join(' ')}`);
    apt('-qq', 'update');
  }
  const available = (name) => spawnSync('apt-cache', ['show', '-q', name], { stdio: 'ignore' }).status === 0;
  const wanted = missing.map((names) => names.find(available) ?? names[0]);
  if (!isRoot) {
    stop(
      `These packages are missing: ${wanted.join(' ')}\nInstall them with: sudo apt-get install ${wanted.join(' ')}`,
    );
  }
  if (!apt('install', '-y', '-qq', '--no-install-recommends', ...wanted)) {
    stop(`apt-get could not install: ${wanted.join(' ')}. See above, then run the command again.`);
  }
}
