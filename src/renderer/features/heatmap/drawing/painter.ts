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
}

/** Draws cells on a canvas. Cells of at least {@link GAP_FROM} pixels are set apart by a one pixel gap. */
export interface Painter {
  readonly kind: 'webgl2' | 'canvas2d';
  resize(width: number, height: number): void;
  setColours(colours: ColourTable): void;
  paint(cells: Cells): void;
  dispose(): void;
}

export const GAP_FROM = 6;
