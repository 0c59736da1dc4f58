import { entryOffset, type Geometry, writeEntry } from './format';
import type { OutputFile } from '../output-file';

interface CachedTable {
  readonly entries: Buffer;
  dirty: boolean;
}

/**
 * The L2 tables of an image being written. A bounded number stays in memory, least recently used ones go to the
 * file and come back when needed, so memory does not grow with the disk.
 */
export class L2Writer {
  private readonly cached = new Map<number, CachedTable>();

  /**
   * @param l1 the L1 table; entries of new tables are set in it.
   * @param allocate returns the file offset of so many fresh clusters in a row.
   */
  constructor(
    private readonly file: OutputFile,
    private readonly geometry: Geometry,
    private readonly l1: Buffer,
    private readonly allocate: (clusters: number) => number,
    private readonly tablesInMemory: number,
  ) {}

  /** The entries of table `index`, about to be changed; made when there is none yet. */
  change(index: number): Buffer {
    const table = this.cached.get(index) ?? this.load(index);
    this.cached.delete(index);
    this.cached.set(index, table);
    table.dirty = true;
    return table.entries;
  }

  /** The entries of table `index`, to be looked at; undefined when there is none. */
  look(index: number): Buffer | undefined {
    const cached = this.cached.get(index);
    if (cached) return cached.entries;
    if (entryOffset(this.l1, index) === 0) return undefined;
    const table = this.load(index);
    this.cached.set(index, table);
    return table.entries;
  }

  /** Writes every changed table to the file. */
  flush(): void {
    for (const [index, table] of this.cached) this.store(index, table);
  }

  private load(index: number): CachedTable {
    const entries = this.makeRoom() ?? Buffer.allocUnsafeSlow(this.geometry.clusterSize);
    const offset = entryOffset(this.l1, index);
    if (offset === 0) {
      entries.fill(0);
      writeEntry(this.l1, index, this.allocate(1), false);
    } else {
      this.file.readNow(entries, 0, entries.length, offset);
    }
    return { entries, dirty: false };
  }

  private makeRoom(): Buffer | undefined {
    if (this.cached.size < this.tablesInMemory) return undefined;
    const [oldest] = this.cached;
    if (!oldest) return undefined;
    const [index, table] = oldest;
    this.store(index, table);
    this.cached.delete(index);
    return table.entries;
  }

  private store(index: number, table: CachedTable): void {
    if (!table.dirty) return;
    this.file.writeNow(table.entries, 0, table.entries.length, entryOffset(this.l1, index));
    table.dirty = false;
  }
}
