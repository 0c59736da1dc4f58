import { compressedRange, entryIsCompressed, entryIsZero, entryOffset, type Geometry } from './format';

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
 * merged, compressed clusters stay alone. `table` undefined: nothing is allocated.
 */
export function* segmentsOf(
  table: Buffer | undefined,
  geometry: Geometry,
  from: number,
  to: number,
): Generator<Segment> {
  if (!table) {
    yield { kind: 'hole', offset: from, length: to - from };
    return;
  }
  const { clusterSize, l2Span } = geometry;
  let pending: Segment | undefined;
  for (let at = from; at < to;) {
    const inCluster = at % clusterSize;
    const end = Math.min(to, at - inCluster + clusterSize);
    const index = ((at - inCluster) % l2Span) / clusterSize;
    const next = segmentOf(table, index, geometry, at, end - at);
    const merged: Segment | undefined = pending && merge(pending, next);
    if (pending && !merged) yield pending;
    pending = merged ?? next;
    at = end;
  }
  if (pending) yield pending;
}

function segmentOf(
  table: Buffer,
  index: number,
  geometry: Geometry,
  offset: number,
  length: number,
): Segment {
  if (entryIsCompressed(table, index)) {
    const range = compressedRange(table, index, geometry.clusterBits);
    return { kind: 'compressed', offset, length, fileOffset: range.offset, fileLength: range.length };
  }
  if (entryIsZero(table, index)) return { kind: 'zero', offset, length };
  const cluster = entryOffset(table, index);
  if (cluster === 0) return { kind: 'hole', offset, length };
  return { kind: 'data', offset, length, fileOffset: cluster + (offset % geometry.clusterSize) };
}

function merge(left: Segment, right: Segment): Segment | undefined {
  if (left.kind === 'compressed' || left.kind !== right.kind) return undefined;
  if (left.kind === 'data' && right.kind === 'data' && left.fileOffset + left.length !== right.fileOffset)
    return undefined;
  return { ...left, length: left.length + right.length };
}
