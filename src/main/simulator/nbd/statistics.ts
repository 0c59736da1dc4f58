import type { Extent } from '../../../shared/blocks/extent';
import { RangeSet } from './range-set';

/** What one export served. */
export class ExportStatistics {
  /** Connections that opened it, ever. */
  connections = 0;
  /** Read requests answered with data, also in part. */
  reads = 0;
  /** Bytes of disk data sent; ranges that were read twice count twice. */
  bytes = 0;
  readonly #ranges = new RangeSet();

  /** What was read, ascending and merged. */
  ranges(): Extent[] {
    return this.#ranges.extents();
  }

  countBytes(offset: number, length: number): void {
    this.bytes += length;
    this.#ranges.add(offset, length);
  }
}

/** Counters of one host's NBD server. */
export class NbdStatistics {
  /** Connections that hold one of the 16 places now; the most at one time; all ever accepted. */
  connections = 0;
  peakConnections = 0;
  totalConnections = 0;
  /** Closed before the greeting. */
  refusedConnections = 0;
  /** Requests of any kind. */
  requests = 0;
  readonly #exports = new Map<string, ExportStatistics>();

  /**
   * The statistics of an export, by its name without the query: the query holds the session, which is a credential.
   * xapi-nbd's names look like `/<vdi uuid>?session_id=…`.
   */
  export(exportName: string): ExportStatistics {
    const key = exportName.split('?', 1)[0] ?? '';
    const known = this.#exports.get(key);
    if (known) return known;
    const fresh = new ExportStatistics();
    this.#exports.set(key, fresh);
    return fresh;
  }

  /** Forgets what exports served; the connection counters stay. */
  resetExports(): void {
    this.#exports.clear();
  }

  countConnection(): void {
    this.connections++;
    this.totalConnections++;
    this.peakConnections = Math.max(this.peakConnections, this.connections);
  }
}
