import {
  compressedRange,
  entryIsCompressed,
  entryIsEmpty,
  entryIsZero,
  entryOffset,
  type Geometry,
} from './format';

/** A piece of the disk and where its content comes from. Offsets and lengths in bytes. */
export type Segment =
  | { readonly kind: 'hole' | 'zero'; readonly offset: number; readonly length: number }
  | { readonly kind: 'data'; readonly offset: number; readonly length: number; readonly fileOffset: number }
  | {
      readonly kind: 'compressed';
      readonly offset: number;
      readonly length: number;
      readonly fileOffset: number;
      readonly fileLength: number;
    };

/**
 * What one L2 table says about the disk range `[from, to)`, which it covers. Neighbours that continue each other are
 * merged, compressed clusters stay alone. `table` undefined: nothing is allocated. No object per cluster: a table may
 * be walked for each of 268 million clusters of a disk.
 */
export function* segmentsOf(
  table: Buffer | undefined,
  { clusterBits, clusterSize, l2Span }: Geometry,
  from: number,
  to: number,
): Generator<Segment> {
  if (!table) {
    yield { kind: 'hole', offset: from, length: to - from };
    return;
  }
  const tableStart = from - (from % l2Span);
  const limit = Math.ceil((to - tableStart) / clusterSize);
  for (let offset = from; offset < to;) {
    const first = Math.floor((offset - tableStart) / clusterSize);
    const kind = kindOf(table, first);
    const cluster = kind === 'data' ? entryOffset(table, first) : 0;
    let index = first + 1;
    while (index < limit && continues(table, index, kind, cluster + (index - first) * clusterSize)) index++;

    const length = Math.min(to, tableStart + index * clusterSize) - offset;
    if (kind === 'data') {
      yield { kind, offset, length, fileOffset: cluster + (offset % clusterSize) };
    } else if (kind === 'compressed') {
      const range = compressedRange(table, first, clusterBits);
      yield { kind, offset, length, fileOffset: range.offset, fileLength: range.length };
    } else {
      yield { kind, offset, length };
    }
    offset += length;
  }
}

function continues(table: Buffer, index: number, kind: Segment['kind'], cluster: number): boolean {
  if (kind === 'compressed' || kindOf(table, index) !== kind) return false;
  return kind !== 'data' || entryOffset(table, index) === cluster;
}

function kindOf(table: Buffer, index: number): Segment['kind'] {
  if (entryIsEmpty(table, index)) return 'hole';
  if (entryIsCompressed(table, index)) return 'compressed';
  if (entryIsZero(table, index)) return 'zero';
  return entryOffset(table, index) === 0 ? 'hole' : 'data';
}
