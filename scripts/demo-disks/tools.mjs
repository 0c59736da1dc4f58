import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EPOCH } from './content.mjs';

/** Runs a tool and returns what it printed; stops with its error output when it fails. */
export function run(command, args, options = {}) {
  const env = {
    ...process.env,
    LC_ALL: 'C',
    E2FSPROGS_FAKE_TIME: String(EPOCH),
    SOURCE_DATE_EPOCH: String(EPOCH),
    LVM_SUPPRESS_FD_WARNINGS: '1',
  };
  const done = spawnSync(command, args, { encoding: 'utf8', env, ...options });
  if (done.status !== 0) {
    throw new Error(
      `${command} ${args.join(' ')}\n${done.error?.message ?? ''}${done.stdout ?? ''}${done.stderr ?? ''}`,
    );
  }
  return done.stdout.trim();
}

/** Gives `use` a range of a file as a block device. */
export function withLoop(file, offset, length, use) {
  const device = run('losetup', ['--show', '-f', '-o', String(offset), '--sizelimit', String(length), file]);
  try {
    return use(device);
  } finally {
    run('losetup', ['-d', device]);
  }
}

/** Writes `[path, bytes]` files below `folder`, all with one date. */
export function writeTree(folder, files) {
  for (const [path, bytes] of files) {
    const full = join(folder, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, bytes);
  }
  setDates(folder);
}

function setDates(path) {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) setDates(join(path, name));
  utimesSync(path, EPOCH, EPOCH);
}
