import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import type { BlockRange } from '../../../../shared/blocks/view';
import type { DiskLayout, DiskRegion } from '../../../../shared/model/partition';
import type { NamedExtent } from './listing';

/** A region and how many regions hold it. */
export interface NestedRegion {
  readonly region: DiskRegion;
  readonly depth: number;
  /** What it lies in and itself, outermost first. */
  readonly path: readonly DiskRegion[];
}

const endOf = ({ offset, length }: DiskRegion): number => offset + length;

/** The regions of a layout with what holds them. Relies on their order: ascending, outer before inner. */
export function nest({ regions }: DiskLayout): NestedRegion[] {
  const open: DiskRegion[] = [];
  return regions.map((region) => {
    while (open.length > 0 && endOf(open.at(-1)!) < endOf(region)) open.pop();
    while (open.length > 0 && endOf(open.at(-1)!) <= region.offset) open.pop();
    open.push(region);
    return { region, depth: open.length - 1, path: [...open] };
  });
}

/** The innermost region that holds a byte. */
export function regionAt(regions: readonly NestedRegion[], offset: number): NestedRegion | undefined {
  let found: NestedRegion | undefined;
  for (const nested of regions) {
    if (nested.region.offset > offset) break;
    if (offset < endOf(nested.region) && nested.depth >= (found?.depth ?? 0)) found = nested;
  }
  return found;
}

/** `Partition 2 “root”`. */
export const nameOf = ({ name, label }: DiskRegion): string =>
  label === undefined || label === '' ? name : `${name} “${label}”`;

/** `Partition 2 “root” ▸ Journal`. */
export const pathName = ({ path }: NestedRegion): string => path.map(nameOf).join(' ▸ ');

/** What a region is, where its name does not say it: `ext4`, `Linux filesystem`. */
export const kindOf = ({ fileSystem, note }: DiskRegion): string => fileSystem ?? note ?? '';

/** The blocks that hold a region, the first and last of which it may share with others. */
export const blocksOf = ({ offset, length }: DiskRegion): BlockRange => ({
  first: Math.floor(offset / CBT_BLOCK_SIZE),
  end: Math.ceil((offset + length) / CBT_BLOCK_SIZE),
});

/** The disk cut where its innermost region changes: ascending, without overlaps, without what is in no region. */
export function leaves(regions: readonly NestedRegion[]): NamedExtent[] {
  const cuts = new Set<number>();
  for (const { region } of regions) cuts.add(region.offset).add(endOf(region));
  const at = [...cuts].sort((a, b) => a - b);
  return at.slice(1).flatMap((end, index) => {
    const held = regionAt(regions, at[index]);
    return held === undefined ? [] : [{ offset: at[index], length: end - at[index], name: pathName(held) }];
  });
}
