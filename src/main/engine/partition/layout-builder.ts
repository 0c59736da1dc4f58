import type { DiskLayout, DiskRegion } from '../../../shared/model/partition';

const MOST_REGIONS = 4096;
const MOST_FAULTS = 256;

/** Collects regions and faults, no more than a list can show. */
export class LayoutBuilder {
  private readonly regions: DiskRegion[] = [];
  private readonly faults: DiskLayout['faults'] = [];

  constructor(private readonly scheme: DiskLayout['scheme']) {}

  region(region: DiskRegion): void {
    if (this.regions.length < MOST_REGIONS) this.regions.push(region);
    else this.fault(region.offset, `Only the first ${MOST_REGIONS} regions are shown.`);
  }

  fault(offset: number, message: string): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push({ offset, message });
  }

  /** Ascending by offset, outer regions before what they hold. */
  build(): DiskLayout {
    const regions = [...this.regions].sort(
      (left, right) => left.offset - right.offset || right.length - left.length,
    );
    return { scheme: this.scheme, regions, faults: this.faults };
  }
}
