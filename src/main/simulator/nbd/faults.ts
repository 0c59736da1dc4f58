import type { Extent } from '../../../shared/blocks/extent';

export interface ReadFault extends Extent {
  /** How many more reads fail; unlimited when absent. */
  times?: number;
}

/** What goes wrong on demand. Set at any time; takes effect with the next connection, request or byte. */
export interface NbdFaults {
  /** The next connections are closed before the greeting. */
  refuseConnections: number;
  /** The next TLS handshakes are refused with an alert. */
  refuseTls: number;
  /** After so many more bytes of disk data, on whichever connection, that connection is cut. Happens once. */
  dropAfterBytes: number | undefined;
  /** Pause before each read is answered. */
  delayPerReadMs: number;
  /** The next reads are never answered, while the connection stays open. */
  stallReads: number;
  /** Disk ranges that cannot be read: the connection breaks off where the range begins. */
  readErrors: ReadFault[];
}

export const noFaults = (): NbdFaults => ({
  refuseConnections: 0,
  refuseTls: 0,
  dropAfterBytes: undefined,
  delayPerReadMs: 0,
  stallReads: 0,
  readErrors: [],
});

export type CountedFault = 'refuseConnections' | 'refuseTls' | 'stallReads';

/** Whether the fault strikes now; uses it up once. */
export function strikes(faults: NbdFaults, name: CountedFault): boolean {
  if (faults[name] <= 0) return false;
  faults[name]--;
  return true;
}

/** Bytes of `[offset, offset + length)` that can be read before the first bad range; uses the fault up once. */
export function readableBytes(faults: NbdFaults, offset: number, length: number): number {
  const hits = faults.readErrors.filter(
    (bad) => bad.times !== 0 && bad.offset < offset + length && offset < bad.offset + bad.length,
  );
  const first = hits.reduce<ReadFault | undefined>((a, b) => (a && a.offset <= b.offset ? a : b), undefined);
  if (!first) return length;
  if (first.times !== undefined) first.times--;
  return Math.max(0, first.offset - offset);
}

/** How many of the next `length` bytes may be sent, and whether the connection is cut after them. */
export function beforeDrop(faults: NbdFaults, length: number): { bytes: number; cut: boolean } {
  const rest = faults.dropAfterBytes;
  if (rest === undefined) return { bytes: length, cut: false };
  const cut = rest <= length;
  faults.dropAfterBytes = cut ? undefined : rest - length;
  return { bytes: Math.min(rest, length), cut };
}
