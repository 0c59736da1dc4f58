/** One visible row of a tree. */
export interface TreeRow {
  readonly id: string;
  /** 1 is the top. */
  readonly level: number;
  /** For type-ahead and screen readers. */
  readonly label: string;
  readonly expandable: boolean;
  readonly expanded: boolean;
  /** 1-based, among its siblings. */
  readonly position: number;
  readonly siblings: number;
}

/** Where an arrow, Home or End leads; undefined when it leads nowhere. */
export function moveFocus(
  rows: readonly TreeRow[],
  from: number,
  key: string,
  page: number,
): number | undefined {
  const last = rows.length - 1;
  if (last < 0) return undefined;
  switch (key) {
    case 'ArrowDown':
      return Math.min(last, from + 1);
    case 'ArrowUp':
      return Math.max(0, from - 1);
    case 'PageDown':
      return Math.min(last, Math.max(0, from) + page);
    case 'PageUp':
      return Math.max(0, from - page);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}

/** The row that holds the given one. */
export function parentIndex(rows: readonly TreeRow[], index: number): number | undefined {
  const level = rows[index]?.level ?? 0;
  for (let at = index - 1; at >= 0; at--) if (rows[at].level < level) return at;
  return undefined;
}

/** The next row, going round, whose label starts with what was typed. One letter typed again moves on. */
export function typeAhead(rows: readonly TreeRow[], from: number, typed: string): number | undefined {
  const wanted = typed.toLowerCase();
  const repeated = wanted.length > 1 && Array.from(wanted).every((letter) => letter === wanted[0]);
  const search = repeated ? wanted[0] : wanted;
  const start = search.length === 1 ? from + 1 : Math.max(0, from);
  for (let step = 0; step < rows.length; step++) {
    const index = (start + step) % rows.length;
    if (rows[index].label.toLowerCase().startsWith(search)) return index;
  }
  return undefined;
}
