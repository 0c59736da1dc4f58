import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Extent } from '../../../../shared/blocks/extent';

/** A file system that knows its holes answers at once; where tar would have to read the file, we do that better. */
const PATIENCE_MS = 10_000;
const MOST_MAP_BYTES = 32 * 1024 * 1024;
const TAR_BLOCK = 512;

/**
 * Where a sparse file may hold anything but zeros. Node cannot ask a file system where the holes are; GNU tar asks
 * (SEEK_HOLE) and begins an archive with the answer. Undefined when it cannot be told cheaply: then all of it may.
 * Source: GNU tar manual, "PAX Format, Version 1.0"; POSIX pax, "ustar Interchange Format".
 */
export async function dataExtents(path: string): Promise<readonly Extent[] | undefined> {
  if (process.platform !== 'linux') return undefined;
  const { size, blocks } = await stat(path);
  // No blocks at all: some file systems count late, and tar would believe it.
  if (blocks === 0 || blocks * 512 >= size) return undefined;
  const found = await mapOf(path);
  return found?.every(({ offset, length }, at) => {
    const previous = at === 0 ? 0 : found[at - 1].offset + found[at - 1].length;
    return offset >= previous && offset + length <= size;
  })
    ? found.filter(({ length }) => length > 0)
    : undefined;
}

async function mapOf(path: string): Promise<Extent[] | undefined> {
  const options = ['--format=posix', '--sparse', '--sparse-version=1.0', '--hole-detection=seek'];
  const tar = spawn('tar', ['-cf', '-', ...options, '-C', dirname(path), '--', `./${basename(path)}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, LC_ALL: 'C', TAR_OPTIONS: '' },
  });
  const ended = new Promise<void>((resolve) => {
    tar.once('close', () => resolve());
    tar.once('error', () => resolve()); // there is no such program
  });
  const timer = setTimeout(() => tar.kill('SIGKILL'), PATIENCE_MS);
  try {
    return await readMap(tar.stdout);
  } catch {
    return undefined; // it costs time, and nothing else
  } finally {
    clearTimeout(timer);
    tar.kill('SIGKILL');
    tar.stdout.destroy();
    await ended;
  }
}

async function readMap(archive: AsyncIterable<Buffer>): Promise<Extent[] | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  let enough = 0;
  for await (const piece of archive) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes < enough) continue;
    const found = parseMap(Buffer.concat(pieces));
    if (found !== 'more') return found;
    enough = bytes * 2;
    if (enough > MOST_MAP_BYTES) return undefined;
  }
  const found = parseMap(Buffer.concat(pieces));
  return found === 'more' ? undefined : found;
}

/** The map of the first file of an archive; undefined when it is not stored as a sparse one. */
export function parseMap(archive: Buffer): Extent[] | undefined | 'more' {
  if (archive.length < TAR_BLOCK) return 'more';
  if (archive.toString('latin1', 156, 157) !== 'x') return undefined;
  const extendedBytes = parseInt(archive.toString('latin1', 124, 136), 8);
  if (!Number.isSafeInteger(extendedBytes)) return undefined;
  const extendedEnd = TAR_BLOCK + extendedBytes;
  const mapStart = Math.ceil(extendedEnd / TAR_BLOCK) * TAR_BLOCK + TAR_BLOCK;
  if (archive.length < mapStart) return 'more';
  if (!archive.toString('latin1', TAR_BLOCK, extendedEnd).includes(' GNU.sparse.major=1\n')) return undefined;
  let at = mapStart;
  const next = (): number | 'more' => {
    const end = archive.indexOf('\n', at, 'latin1');
    if (end < 0) return 'more';
    const digits = archive.toString('latin1', at, end);
    at = end + 1;
    return /^\d{1,15}$/.test(digits) ? Number(digits) : NaN;
  };
  const entries = next();
  if (entries === 'more') return 'more';
  if (Number.isNaN(entries)) return undefined;
  const extents: Extent[] = [];
  for (let entry = 0; entry < entries; entry++) {
    const [offset, length] = [next(), next()];
    if (offset === 'more' || length === 'more') return 'more';
    if (Number.isNaN(offset) || Number.isNaN(length)) return undefined;
    extents.push({ offset, length });
  }
  return extents;
}
