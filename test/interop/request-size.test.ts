import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { memoryFolder } from '../fixtures/exporting';
import { measuredCli } from '../fixtures/measured-cli';
import { startNbdkit } from '../fixtures/nbd-servers';

const MIB = 1024 * 1024;
const DISK_MIB = 64;
const folder = memoryFolder();
afterAll(() => folder.remove());

/** Copies from a server that takes 50 ms for each read, one after another; returns the lengths it was asked for. */
async function lengthsAsked(name: string, filter: readonly string[], settings: readonly string[]) {
  const log = join(folder.path, `${name}.log`);
  const server = await startNbdkit([
    ...['--readonly', '--no-sr', '--filter=log', ...filter, '--filter=noparallel', '--filter=delay'],
    ...['pattern', String(DISK_MIB * MIB), 'rdelay=50ms', `logfile=${log}`, ...settings],
  ]);
  try {
    const target = join(folder.path, `${name}.raw`);
    const copied = await measuredCli(['copy', server.uri, target, '--connections', '1', '--json']);
    expect({ code: copied.code, stderr: copied.stderr }).toEqual({ code: 0, stderr: '' });
    const image = readFileSync(target);
    expect(image).toHaveLength(DISK_MIB * MIB);
    // The pattern plugin: each 8 bytes hold their own offset, big-endian.
    for (let at = 0; at < image.length; at += 8)
      if (image.readUInt32BE(at + 4) !== at) expect.fail(`at ${at}`);
  } finally {
    await server.stop();
  }
  return [...readFileSync(log, 'utf8').matchAll(/ Read .*count=(0x[\da-f]+)/g)].map(([, count]) =>
    Number(count),
  );
}

it('a server that takes long for each read is asked for more at once, within 2 MiB', async () => {
  const lengths = await lengthsAsked('slow', [], []);
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(DISK_MIB * MIB);
  expect(lengths[0]).toBe(MIB);
  expect(Math.max(...lengths)).toBe(2 * MIB);
});

it('but never for more than it says it takes', async () => {
  const lengths = await lengthsAsked(
    'limited',
    ['--filter=blocksize-policy'],
    [
      'blocksize-maximum=1M',
      'blocksize-error-policy=error',
      'blocksize-preferred=64k',
      'blocksize-minimum=512',
    ],
  );
  expect(Math.max(...lengths)).toBe(MIB);
});
