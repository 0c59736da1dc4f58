import { cpSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, writeTree } from './tools.mjs';

/**
 * Makers of file systems: each takes a block device, a scratch folder and the wanted label, id and files, and leaves
 * the file system on the device. Ids are fixed, so that two runs differ only in times that the tools insist on.
 */
export function ext4(device, scratch, { label, uuid, files }) {
  const tree = join(scratch, 'tree');
  mkdirSync(tree);
  writeTree(tree, files);
  const extended = `hash_seed=${uuid},lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0,nodiscard`;
  run('mkfs.ext4', [
    '-q',
    '-F',
    '-L',
    label,
    '-U',
    uuid,
    '-J',
    'size=16',
    '-E',
    extended,
    '-d',
    tree,
    device,
  ]);
}

export function xfs(device, scratch, { label, uuid, files }) {
  const tree = join(scratch, 'tree');
  mkdirSync(tree);
  writeTree(tree, files);
  const prototype = join(scratch, 'prototype');
  writeFileSync(prototype, `-\n0 0\nd--755 0 0\n${prototypeOf(tree)}$\n`);
  run('mkfs.xfs', [
    '-q',
    '-f',
    '-K',
    '-L',
    label,
    '-m',
    `uuid=${uuid}`,
    '-l',
    'size=64m',
    '-p',
    prototype,
    device,
  ]);
}

/** The tree in the format of mkfs.xfs(8), "-p protofile". */
function prototypeOf(folder) {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const path = join(folder, name);
      if (!statSync(path).isDirectory()) return `${name} ---644 0 0 ${path}\n`;
      return `${name} d--755 0 0\n${prototypeOf(path)}$\n`;
    })
    .join('');
}

export function vfat(device, scratch, { label, uuid, files }) {
  const tree = join(scratch, 'tree');
  mkdirSync(tree);
  writeTree(tree, files);
  run('mkfs.vfat', ['-F', '32', '--invariant', '-i', uuid, '-n', label, device]);
  run('mcopy', ['-s', '-m', '-i', device, ...readdirSync(tree).map((name) => join(tree, name)), '::']);
}

export function ntfs(device, scratch, { label, uuid, startSector, files }) {
  const tree = join(scratch, 'tree');
  const mount = join(scratch, 'mount');
  mkdirSync(tree);
  mkdirSync(mount);
  writeTree(tree, files);
  const geometry = ['-p', String(startSector), '-S', '63', '-H', '255'];
  run('mkntfs', ['-q', '-F', '-Q', '-L', label, ...geometry, device]);
  run('ntfslabel', [`--new-serial=${uuid}`, device]);
  run('ntfs-3g', [device, mount]);
  try {
    cpSync(tree, mount, { recursive: true, preserveTimestamps: true });
  } finally {
    run('umount', [mount]);
  }
}

export function swap(device, _scratch, { label, uuid }) {
  run('mkswap', ['-L', label, '-U', uuid, device]);
}
