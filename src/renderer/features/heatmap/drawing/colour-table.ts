import { interpolateCividis, interpolateTurbo, interpolateViridis } from 'd3-scale-chromatic';
import { CELL_FULL } from '../../../../shared/blocks/view';
import type { BlockState } from '../../../../shared/model/job-map';
import type { Settings } from '../../../../shared/model/settings';
import type { Theme, Token } from '../../../theme';
import { liveValue } from '../model/live-states';
import { colourRow } from '../model/picture';
import { mix, standingOut, type Rgb } from './contrast';
import type { ColourTable } from './painter';

type Scale = (share: number) => string;

const scales: Record<Settings['heatmapColours'], Scale> = {
  cividis: interpolateCividis,
  viridis: interpolateViridis,
  turbo: interpolateTurbo,
};
const ROWS = 7;

export interface Colouring {
  readonly theme: Theme;
  readonly colours: Settings['heatmapColours'];
  /** Every change in the strongest colour, however little of the cell it is. */
  readonly boost: boolean;
}

/**
 * On a dark ground more changes are brighter, on a light ground darker, and both start a clear step away from the
 * ground, so that a single changed block stands out.
 */
function heat({ theme, colours }: Pick<Colouring, 'theme' | 'colours'>, share: number): Rgb {
  return parse(scales[colours](theme.kind === 'dark' ? 0.42 + 0.58 * share : 0.62 - 0.62 * share));
}

/** The square root spreads the low values, where most cells are. */
const spread = (value: number) => Math.sqrt(Math.min(value, CELL_FULL) / CELL_FULL);

/** The colour table of a theme. Row numbers are those of `colourRow`. */
export function colourTable(colouring: Colouring): ColourTable {
  const { theme, boost } = colouring;
  const rgba = new Uint8Array(256 * ROWS * 4).fill(255);
  const token = (name: Token) => parse(theme.palette[name]);
  const unchanged = token('heatmap-background');
  const put = (row: number, value: number, [r, g, b]: Rgb) => rgba.set([r, g, b], (row * 256 + value) * 4);
  const tints = [
    [colourRow.onlyA, token('heatmap-layer-a')],
    [colourRow.onlyB, token('heatmap-layer-b')],
    [colourRow.both, token('heatmap-layer-both')],
  ] as const;
  const seen = (colour: Rgb) => standingOut(colour, unchanged);
  for (let value = 1; value < 256; value++) {
    const linear = Math.min(value, CELL_FULL) / CELL_FULL;
    const share = boost ? 1 : spread(value);
    put(colourRow.heat, value, seen(heat(colouring, share)));
    put(colourRow.churn, value, seen(heat(colouring, linear)));
    for (const [row, tint] of tints) put(row, value, seen(mix(unchanged, tint, 0.6 + 0.4 * share)));
    put(colourRow.trail, value, mix(unchanged, token('muted-foreground'), 0.15 + 0.35 * linear));
  }
  for (const [state, value] of Object.entries(liveValue) as [BlockState, number][]) {
    put(colourRow.live, value, token(`heatmap-live-${state}`));
  }
  for (let row = 0; row < ROWS; row++) put(row, 0, unchanged);
  return {
    rgba,
    rows: ROWS,
    ground: token('heatmap-outside'),
    hollowRows: theme.highContrast ? 1 << colourRow.onlyB : 0,
  };
}

/** The colour of a value in a row of the table, for CSS. */
export function colourOf({ rgba }: ColourTable, row: number, value: number): string {
  const at = (row * 256 + value) * 4;
  return `#${[...rgba.subarray(at, at + 3)].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** `#rrggbb` or `rgb(r, g, b)`, the two forms that palettes and scales use. */
function parse(colour: string): Rgb {
  const hex = /^#([0-9a-f]{6})/i.exec(colour)?.[1];
  if (hex !== undefined) {
    const value = Number.parseInt(hex, 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  }
  const parts = colour.match(/\d+/g)?.map(Number) ?? [];
  return [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0];
}
