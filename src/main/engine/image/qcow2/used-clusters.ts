/** Which clusters of an unfinished image are in use: one bit each. */
export class UsedClusters {
  readonly #bits: Uint8Array;
  /** The cluster behind the last one in use. */
  end: number;

  /**
   * @param first the first cluster behind header and L1 table.
   * @param limit clusters in the file; what should lie behind them has been lost.
   */
  constructor(
    private readonly first: number,
    private readonly limit: number,
  ) {
    this.#bits = new Uint8Array(Math.ceil(limit / 8));
    this.end = first;
  }

  /** False when the cluster cannot be, or something else uses it already. */
  take(cluster: number): boolean {
    if (!Number.isInteger(cluster) || cluster < this.first || cluster >= this.limit || this.#has(cluster))
      return false;
    this.#bits[cluster >> 3] |= 1 << (cluster & 7);
    this.end = Math.max(this.end, cluster + 1);
    return true;
  }

  /** Clusters before the end that nothing uses: a few, taken shortly before an interruption. Undefined: over `most`. */
  gaps(most: number): Set<number> | undefined {
    const gaps = new Set<number>();
    for (let cluster = this.first; cluster < this.end; cluster++) {
      if (this.#has(cluster)) continue;
      if (gaps.size === most) return undefined;
      gaps.add(cluster);
    }
    return gaps;
  }

  #has(cluster: number): boolean {
    return (this.#bits[cluster >> 3] & (1 << (cluster & 7))) !== 0;
  }
}
