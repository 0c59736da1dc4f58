import type { Window } from '../model/viewport';

/** The cells of a window, two bytes each (value, colour row), as the worker returns them. */
export interface Cells {
  readonly window: Window;
  readonly bytes: Uint8Array;
}

/** 256 colours per row, RGBA, `rows` rows. */
export interface ColourTable {
  readonly rgba: Uint8Array;
  readonly rows: number;
  /** Colour around the map and of the gap between cells, RGB 0 to 255. */
  readonly ground: readonly [number, number, number];
  /** Rows whose cells have a hole, so that they are told apart without colour. A bit for each row. */
  readonly hollowRows: number;
}

/** Draws cells on a canvas. Cells of at least {@link GAP_FROM} pixels are set apart by a gap. */
export interface Painter {
  readonly kind: 'webgl2' | 'canvas2d';
  resize(width: number, height: number): void;
  setColours(colours: ColourTable): void;
  paint(cells: Cells): void;
  dispose(): void;
}

export const GAP_FROM = 6;

/** Width of the gap after a cell of this height, in pixels. */
export const gapOf = (cellHeight: number): number =>
  cellHeight < GAP_FROM ? 0 : Math.max(1, Math.round(cellHeight / 14));

/** How far from its edges the hole of a hollow cell begins, in pixels; a cell too small for one has none. */
export const holeInset = (cellHeight: number): number =>
  cellHeight - gapOf(cellHeight) < 4 ? 1_000 : Math.max(1, Math.floor((cellHeight - gapOf(cellHeight)) / 3));
