import type { BlockBitmap } from './bitmap';
import { blockCount } from './extent';

/** The numbers beside a heatmap. Bytes count the short last block at its true length. */
export interface ChangeStatistics {
  readonly changedBlocks: number;
  readonly changedBytes: number;
  /** Changed bytes over disk size, 0 to 1. */
  readonly share: number;
  /** Runs of adjacent changed blocks. */
  readonly extents: number;
  readonly meanExtentBytes: number;
  readonly largestExtentBytes: number;
  /** Bytes a tool would read that works in units of `unitBytes` and takes every unit that holds a change. */
  readonly amplification: readonly {
    readonly unitBytes: number;
    readonly bytes: number;
    readonly factor: number;
  }[];
}

const UNITS = [64 * 1024, 256 * 1024, 2 * 1024 * 1024];

/** One pass over the runs of changed blocks. */
export function changeStatistics(bitmap: BlockBitmap): ChangeStatistics {
  const { sizeBytes } = bitmap;
  let changedBlocks = 0;
  let changedBytes = 0;
  let extents = 0;
  let largestExtentBytes = 0;
  const units = UNITS.map((unitBytes) => ({ unitBytes, bytes: 0, covered: 0 }));
  for (const { offset, length } of bitmap.extents()) {
    extents++;
    changedBytes += length;
    changedBlocks += blockCount(length);
    largestExtentBytes = Math.max(largestExtentBytes, length);
    for (const unit of units) {
      const start = Math.max(unit.covered, Math.floor(offset / unit.unitBytes) * unit.unitBytes);
      const end = Math.min(sizeBytes, Math.ceil((offset + length) / unit.unitBytes) * unit.unitBytes);
      if (end > start) unit.bytes += end - start;
      unit.covered = Math.max(unit.covered, end);
    }
  }
  return {
    changedBlocks,
    changedBytes,
    share: sizeBytes === 0 ? 0 : changedBytes / sizeBytes,
    extents,
    meanExtentBytes: extents === 0 ? 0 : changedBytes / extents,
    largestExtentBytes,
    amplification: units.map(({ unitBytes, bytes }) => ({
      unitBytes,
      bytes,
      factor: changedBytes === 0 ? 1 : bytes / changedBytes,
    })),
  };
}
