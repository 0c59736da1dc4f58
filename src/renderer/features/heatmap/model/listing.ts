import type { Extent } from '../../../../shared/blocks/extent';
import type { ShownRun } from './shown-runs';

/** A named extent, for the column that says in what a run lies. */
export interface NamedExtent extends Extent {
  readonly name: string;
}

export interface Listing {
  readonly text: Uint8Array<ArrayBuffer>;
  readonly rows: number;
  /** False when there were more rows than the limit. */
  readonly complete: boolean;
}

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/**
 * The runs as CSV with a heading, or as the lines of a JSON array. Names are those of the region that holds a run's
 * first byte; regions ascend and do not overlap.
 */
export function list(
  runs: Iterable<ShownRun>,
  regions: readonly NamedExtent[],
  format: 'csv' | 'json',
  limit: number,
): Listing {
  const lines: string[] = [];
  let region = 0;
  let complete = true;
  let marked = false;
  for (const { offset, length, mark } of runs) {
    if (lines.length === limit) {
      complete = false;
      break;
    }
    while (region < regions.length && regions[region].offset + regions[region].length <= offset) region++;
    const held =
      region < regions.length && regions[region].offset <= offset ? regions[region].name : undefined;
    marked ||= mark !== undefined;
    if (format === 'csv') {
      const cells = [offset, length, ...(mark === undefined ? [] : [mark])];
      lines.push([...cells, ...(regions.length > 0 ? [quoted(held ?? '')] : [])].join(','));
    } else {
      lines.push(
        JSON.stringify({
          offset,
          length,
          ...(mark === undefined ? {} : { changedIn: mark }),
          ...(held === undefined ? {} : { region: held }),
        }),
      );
    }
  }
  const heading = [
    'offset',
    'length',
    ...(marked ? ['changed_in'] : []),
    ...(regions.length > 0 ? ['region'] : []),
  ];
  const text =
    format === 'csv'
      ? `${[heading.join(','), ...lines].join('\n')}\n`
      : `[${lines.length > 0 ? '\n' : ''}${lines.join(',\n')}]`;
  return { text: new TextEncoder().encode(text), rows: lines.length, complete };
}
