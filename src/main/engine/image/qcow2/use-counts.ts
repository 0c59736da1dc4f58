const SHAREABLE_COUNT = 0x7fff;
const EXCLUSIVE = 0x8000;

/** How often each cluster of a window of the file is used, and whether one of the users wants it alone. */
export class UseCounts {
  private readonly counts: Uint16Array;

  constructor(
    readonly firstCluster: number,
    readonly clusters: number,
  ) {
    this.counts = new Uint16Array(clusters);
  }

  /** Uses of the cluster; saturates at 32767. */
  of(cluster: number): number {
    return this.counts[cluster - this.firstCluster] & SHAREABLE_COUNT;
  }

  /** Counts one more use. Returns false when that is not allowed beside the earlier ones. Ignores other windows. */
  add(cluster: number, exclusive: boolean): boolean {
    const index = cluster - this.firstCluster;
    if (index < 0 || index >= this.clusters) return true;
    const before = this.counts[index];
    const count = Math.min((before & SHAREABLE_COUNT) + 1, SHAREABLE_COUNT);
    this.counts[index] = count | (before & EXCLUSIVE) | (exclusive ? EXCLUSIVE : 0);
    return before === 0 || (!exclusive && (before & EXCLUSIVE) === 0);
  }
}
