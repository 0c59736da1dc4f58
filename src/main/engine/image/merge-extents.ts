import type { StoredExtent } from './types';

/** Joins neighbouring extents of the same kind. They must come in ascending order. */
export async function* mergeExtents(
  extents: AsyncIterable<StoredExtent> | Iterable<StoredExtent>,
): AsyncGenerator<StoredExtent> {
  let open: StoredExtent | undefined;
  for await (const extent of extents) {
    if (open?.kind === extent.kind && open.offset + open.length === extent.offset) {
      open = { ...open, length: open.length + extent.length };
    } else {
      if (open !== undefined) yield open;
      open = extent;
    }
  }
  if (open !== undefined) yield open;
}
