export interface Geometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectorsPerTrack: number;
}

/**
 * The CHS geometry of a disk, rounded down as libvhd does, so that no reader believes the disk to be larger than it is.
 * Source: VHD specification, appendix "CHS Calculation".
 */
export function geometryOf(sectors: number): Geometry {
  const total = Math.min(sectors, 65_535 * 16 * 255);
  const split = (sectorsPerTrack: number, heads: number): Geometry => ({
    cylinders: Math.floor(Math.floor(total / sectorsPerTrack) / heads),
    heads,
    sectorsPerTrack,
  });
  if (total >= 65_535 * 16 * 63) return split(255, 16);
  const tracks = Math.floor(total / 17);
  const heads = Math.max(4, Math.ceil(tracks / 1024));
  if (tracks < heads * 1024 && heads <= 16) return split(17, heads);
  if (Math.floor(total / 31) < 16 * 1024) return split(31, 16);
  return split(63, 16);
}
