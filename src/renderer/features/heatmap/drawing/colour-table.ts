import { interpolateCividis, interpolateTurbo, interpolateViridis } from 'd3-scale-chromatic';
import type { Settings } from '../../../../shared/model/settings';
import type { Theme, Token } from '../../../theme';
import { CELL_FULL } from '../../../../shared/blocks/view';
import { colourRow, liveValue, type LiveState } from '../model/picture';
import type { ColourTable } from './painter';

type Rgb = readonly [number, number, number];
type Scale = (share: number) => string;

const scales: Record<Settings['heatmapColours'], Scale> = {
  cividis: interpolateCividis,
  viridis: interpolateViridis,
  turbo: interpolateTurbo,
};
const ROWS = 5;

/**
 * On a dark ground more changes are brighter, on a light ground darker, and both start a clear step away from the
 * ground, so that the smallest value stands out. The square root spreads the low values, where most cells are.
 */
function heat(scale: Scale, theme: Theme, value: number): Rgb {
  const share = Math.sqrt(value / CELL_FULL);
  return parse(scale(theme.kind === 'dark' ? 0.28 + 0.72 * share : 0.8 - 0.8 * share));
}

/** The colour table of a theme. Row numbers are those of `colourRow`. */
export function colourTable(theme: Theme, colours: Settings['heatmapColours']): ColourTable {
  const rgba = new Uint8Array(256 * ROWS * 4).fill(255);
  const token = (name: Token) => parse(theme.palette[name]);
  const unchanged = token('heatmap-background');
  const put = (row: number, value: number, [r, g, b]: Rgb) => rgba.set([r, g, b], (row * 256 + value) * 4);
  const tints = [
    [colourRow.onlyA, token('heatmap-layer-a')],
    [colourRow.onlyB, token('heatmap-layer-b')],
    [colourRow.both, token('heatmap-layer-both')],
  ] as const;
  for (let value = 1; value < 256; value++) {
    put(colourRow.heat, value, heat(scales[colours], theme, Math.min(value, CELL_FULL)));
    const share = 0.45 + 0.55 * Math.sqrt(Math.min(value, CELL_FULL) / CELL_FULL);
    for (const [row, tint] of tints) put(row, value, mix(unchanged, tint, share));
  }
  for (const [state, value] of Object.entries(liveValue) as [LiveState, number][]) {
    put(colourRow.live, value, token(`heatmap-live-${state}`));
  }
  for (let row = 0; row < ROWS; row++) put(row, 0, unchanged);
  return { rgba, rows: ROWS, ground: token('heatmap-outside') };
}

/** CSS gradient of the heat row, for the legend. */
export function legendGradient(theme: Theme, colours: Settings['heatmapColours']): string {
  const steps = Array.from({ length: 9 }, (_, step) => {
    const rgb = heat(scales[colours], theme, (step / 8) * CELL_FULL);
    return `#${rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
  });
  return `linear-gradient(to right, ${steps.join(', ')})`;
}

const mix = (from: Rgb, to: Rgb, share: number): Rgb => [
  Math.round(from[0] + (to[0] - from[0]) * share),
  Math.round(from[1] + (to[1] - from[1]) * share),
  Math.round(from[2] + (to[2] - from[2]) * share),
];

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
