import type { FaultList } from './fault-list';
import { readUint64 } from './format';
import type { InputFile } from '../input-file';
import type { Qcow2Header } from './parse-header';
import type { UseCounts } from './use-counts';

/** The refcount table of an image; blocks are read one at a time. */
export class RefcountTable {
  private readonly perBlock: number;

  constructor(
    private readonly file: InputFile,
    private readonly header: Qcow2Header,
    /** File offset of each block; 0 when there is none. */
    private readonly offsets: Float64Array,
  ) {
    this.perBlock = (header.geometry.clusterSize * 8) / header.refcountBits;
  }

  *blocks(): Generator<{ entryAt: number; offset: number }> {
    for (const [index, offset] of this.offsets.entries()) {
      if (offset !== 0) yield { entryAt: this.header.refcountTableOffset + index * 8, offset };
    }
  }

  /** Reports every cluster of the window whose refcount does not fit its uses. */
  async compare(uses: UseCounts, list: FaultList): Promise<void> {
    const end = uses.firstCluster + uses.clusters;
    for (let index = Math.floor(uses.firstCluster / this.perBlock); index * this.perBlock < end; index++) {
      const offset = this.offsets[index] ?? 0;
      const block = offset === 0 ? undefined : await this.readBlock(offset);
      const from = Math.max(uses.firstCluster, index * this.perBlock);
      const to = Math.min(end, (index + 1) * this.perBlock);
      for (let cluster = from; cluster < to; cluster++) {
        const refcount = block
          ? refcountAt(block, cluster - index * this.perBlock, this.header.refcountBits)
          : 0;
        this.compareCluster(cluster, refcount, uses.of(cluster), list);
      }
    }
  }

  private compareCluster(cluster: number, refcount: number, used: number, list: FaultList): void {
    if (refcount === used || (refcount > used && this.header.hasOtherUsers)) return;
    const offset = cluster * this.header.geometry.clusterSize;
    if (refcount > used)
      list.add(offset, `The cluster at ${offset} is lost: refcount ${refcount}, but used ${used} times.`);
    else list.add(offset, `The cluster at ${offset} is used ${used} times, but its refcount is ${refcount}.`);
  }

  private readBlock(offset: number): Promise<Buffer> {
    return this.file.readBuffer(offset, this.header.geometry.clusterSize);
  }
}

/** Reads the table; entries that point outside the file are reported and left out. */
export async function readRefcountTable(
  file: InputFile,
  header: Qcow2Header,
  list: FaultList,
): Promise<RefcountTable> {
  const { clusterSize } = header.geometry;
  const start = header.refcountTableOffset;
  // The file may end inside the table's last cluster.
  const length = Math.min(header.refcountTableClusters * clusterSize, Math.max(0, file.sizeBytes - start));
  const table = length < 8 ? Buffer.alloc(0) : await file.readBuffer(start, length - (length % 8));
  const offsets = new Float64Array(table.length / 8);
  for (let index = 0; index < offsets.length; index++) {
    const offset = readUint64(table, index * 8);
    if (offset % clusterSize !== 0)
      list.add(start + index * 8, `A refcount block at ${offset} does not begin a cluster.`);
    else if (offset + clusterSize > file.sizeBytes)
      list.add(start + index * 8, `A refcount block at ${offset} lies beyond the end of the file.`);
    else offsets[index] = offset;
  }
  return new RefcountTable(file, header, offsets);
}

function refcountAt(block: Buffer, index: number, bits: number): number {
  switch (bits) {
    case 64:
      return readUint64(block, index * 8);
    case 32:
      return block.readUInt32BE(index * 4);
    case 16:
      return block.readUInt16BE(index * 2);
    default: {
      // Below one byte, bit 0 means the least significant bit.
      const perByte = 8 / bits;
      return (block[Math.floor(index / perByte)] >> ((index % perByte) * bits)) & (2 ** bits - 1);
    }
  }
}
