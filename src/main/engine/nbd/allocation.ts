import type { Extent } from '../../../shared/blocks/extent';
import { protocolError } from './failures';
import { AllocationFlag } from './protocol';

/**
 * A range of the disk and what reading it would give: `data` (must be read), `zero` (zeros that are allocated) or
 * `hole` (zeros that take no space).
 */
export interface AllocationExtent extends Extent {
  readonly kind: 'data' | 'zero' | 'hole';
}

/** Decodes one answer for the range from `offset` on; the last extent is cut at `end`. Progress is certain. */
export function* allocationExtents(
  descriptors: Buffer,
  offset: number,
  end: number,
): Generator<AllocationExtent> {
  for (let at = 0; at < descriptors.length && offset < end; at += 8) {
    const length = descriptors.readUInt32BE(at);
    if (length === 0) throw protocolError('extent without length');
    const cut = Math.min(length, end - offset);
    yield { offset, length: cut, kind: kindOf(descriptors.readUInt32BE(at + 4)) };
    offset += cut;
  }
}

/** A hole whose content is not promised to be zero must be read. Source: NBD proto.md, "`base:allocation` metadata context". */
function kindOf(flags: number): AllocationExtent['kind'] {
  if (!(flags & AllocationFlag.ZERO)) return 'data';
  return flags & AllocationFlag.HOLE ? 'hole' : 'zero';
}

/** Joins neighbours of the same kind. */
export class ExtentJoiner {
  private last: AllocationExtent | undefined;

  /** Takes the next extent; returns the one before when it is finished. */
  add(extent: AllocationExtent): AllocationExtent | undefined {
    const { last } = this;
    if (last?.kind === extent.kind) {
      this.last = { ...last, length: last.length + extent.length };
      return undefined;
    }
    this.last = extent;
    return last;
  }

  flush(): AllocationExtent | undefined {
    return this.last;
  }
}
