import type { BlockRange } from '../../../shared/blocks/view';
import { createCanvasPainter } from './drawing/canvas-painter';
import type { Cells, ColourTable, Painter } from './drawing/painter';
import { createWebglPainter } from './drawing/webgl-painter';
import type { Settings } from '../../../shared/model/settings';
import { LayerStore } from './layer-store';
import { goTo, keyStep } from './model/navigation';
import type { Picture } from './model/picture';
import { fit, resize, reveal, windowOf, type Viewport } from './model/viewport';
import { HeatmapWorker } from './worker-client';

/** What the heatmap shows and where its cursor is. Replaced, never changed. */
export interface HeatmapState {
  readonly viewport: Viewport;
  /** Block under the pointer. */
  readonly hovered: number | undefined;
  readonly cursor: number | undefined;
  /** Where a selection by keyboard began. */
  readonly anchor: number | undefined;
  readonly selection: BlockRange | undefined;
  /** Blocks that something beside the map points at. */
  readonly highlight: BlockRange | undefined;
  /** Counts up when the map needs a new canvas: the graphics card has let go of the old one. */
  readonly canvases: number;
  /** Why nothing can be drawn any more. */
  readonly broken?: string;
}

/** The picture to draw, and the layers it and what stands beside it need. */
export interface Shown {
  readonly picture: Picture;
  readonly layers: readonly number[];
  /** Draw what a job does over it. */
  readonly live: boolean;
}

/**
 * Joins the worker that holds the bitmaps with a canvas. At most one drawing is under way; what changes meanwhile is
 * drawn next, so panning never queues up.
 */
export class HeatmapController {
  readonly worker: HeatmapWorker;
  readonly layers: LayerStore;
  #state: HeatmapState;
  #shown: Shown | undefined;
  #painter: Painter | undefined;
  #canvas: HTMLCanvasElement | undefined;
  #colours: ColourTable | undefined;
  #drawing = false;
  /** Steps of the cursor that wait for one another, and how many. */
  #turns = Promise.resolve();
  #waiting = 0;
  #stale = false;
  #lastCells: Cells | undefined;
  #paints = 0;
  readonly #listeners = new Set<() => void>();

  #renderer: Settings['heatmapRenderer'];

  constructor(layout: Viewport['layout'], blocks: number, renderer: Settings['heatmapRenderer']) {
    this.#renderer = renderer;
    const viewport = fit({ layout, blocks, width: 640, height: 360, density: 1, scale: 1, x: 0, y: 0 });
    this.#state = {
      viewport,
      hovered: undefined,
      cursor: undefined,
      anchor: undefined,
      selection: undefined,
      highlight: undefined,
      canvases: 0,
    };
    this.worker = new HeatmapWorker((broken) => this.update({ broken }));
    this.layers = new LayerStore(this.worker);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly snapshot = (): HeatmapState => this.#state;

  get canvas(): HTMLCanvasElement | undefined {
    return this.#canvas;
  }

  attach(canvas: HTMLCanvasElement, colours: ColourTable): void {
    this.#canvas = canvas;
    this.#colours = colours;
    this.#startPainter();
    canvas.addEventListener('webglcontextlost', this.#onContextLost);
    this.#redraw();
  }

  setColours(colours: ColourTable): void {
    this.#colours = colours;
    this.#painter?.setColours(colours);
    this.#repaint();
  }

  update(change: Partial<HeatmapState>): void {
    const before = this.#state;
    this.#state = { ...before, ...change };
    if (this.#state.viewport !== before.viewport) this.#redraw();
    for (const listener of [...this.#listeners]) listener();
  }

  /** Puts the cursor on a block and shows it. */
  goTo(block: number): void {
    this.update(goTo(this.#state, block, false));
  }

  /**
   * Does what a key means here; false when it means nothing. Keys keep their order however fast they come: after a step
   * to another change they wait for it to arrive.
   */
  press(key: string, shift: boolean, seekLayer: number): boolean {
    const step = keyStep(this.#state, key, shift);
    if (step === undefined) return false;
    if (step.kind === 'position' && this.#waiting === 0) this.update(step.position);
    else
      void this.#inTurn(() => {
        const now = keyStep(this.#state, key, shift);
        if (now?.kind === 'seek') return this.#step(seekLayer, now.direction);
        if (now !== undefined) this.update(now.position);
        return Promise.resolve();
      });
    return true;
  }

  /** Puts the cursor on the next or previous changed block of a layer; one step after the other, however fast they come. */
  seek(layer: number, direction: 'next' | 'previous'): Promise<void> {
    return this.#inTurn(() => this.#step(layer, direction));
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    this.#waiting++;
    this.#turns = this.#turns.then(act, act).finally(() => this.#waiting--);
    return this.#turns;
  }

  async #step(layer: number, direction: 'next' | 'previous'): Promise<void> {
    const { cursor, viewport } = this.#state;
    const block = cursor ?? (direction === 'next' ? -1 : viewport.blocks);
    const found = await this.worker.ask('seek', { layer, block, direction });
    if (found === null) return;
    this.update({ cursor: found, anchor: undefined, viewport: reveal(this.#state.viewport, found) });
  }

  resize(width: number, height: number, density: number): void {
    const { viewport } = this.#state;
    if (width === viewport.width && height === viewport.height && density === viewport.density) return;
    this.#painter?.resize(width, height);
    this.#repaint();
    this.update({ viewport: resize(viewport, { width, height, density }) });
  }

  /** Draws this from now on, on a disk of `blocks` blocks. */
  show(shown: Shown, blocks: number): void {
    this.#shown = shown;
    this.layers.trim(new Set(shown.layers));
    const { viewport, cursor, selection } = this.#state;
    if (blocks === viewport.blocks) {
      this.#redraw();
      return;
    }
    this.update({
      viewport: resize(viewport, viewport, blocks),
      cursor: cursor === undefined ? undefined : Math.min(cursor, blocks - 1),
      selection: selection !== undefined && selection.end <= blocks ? selection : undefined,
      hovered: undefined,
      anchor: undefined,
    });
  }

  /** Draws again: what a job does has changed. */
  refresh(): void {
    this.#redraw();
  }

  dispose(): void {
    this.worker.dispose();
    this.#canvas?.removeEventListener('webglcontextlost', this.#onContextLost);
    this.#painter?.dispose();
    this.#painter = undefined;
    this.#listeners.clear();
  }

  /** A canvas keeps the kind of its first context, so the processor needs another one to go on drawing. */
  readonly #onContextLost = (): void => {
    this.#renderer = 'canvas2d';
    this.#painter = undefined;
    this.update({ canvases: this.#state.canvases + 1 });
  };

  #startPainter(): void {
    if (this.#canvas === undefined || this.#colours === undefined) return;
    const renderer = this.#renderer;
    this.#painter =
      (renderer === 'canvas2d' ? undefined : createWebglPainter(this.#canvas, renderer === 'webgl2')) ??
      createCanvasPainter(this.#canvas);
    this.#canvas.dataset['painter'] = this.#painter.kind;
    const { width, height } = this.#state.viewport;
    this.#painter.resize(width, height);
    this.#painter.setColours(this.#colours);
    this.#repaint();
  }

  #repaint(): void {
    if (this.#lastCells === undefined || this.#canvas === undefined) return;
    this.#painter?.paint(this.#lastCells);
    // What the canvas shows now, for whoever wants to check it.
    this.#canvas.dataset['window'] = JSON.stringify(this.#lastCells.window);
    this.#canvas.dataset['paints'] = String(++this.#paints);
  }

  #redraw(): void {
    this.#stale = true;
    this.#say('drawing');
    if (!this.#drawing) void this.#draw();
  }

  async #draw(): Promise<void> {
    this.#drawing = true;
    while (this.#stale && this.#painter !== undefined && this.#shown !== undefined) {
      this.#stale = false;
      const window = windowOf(this.#state.viewport);
      const { picture, live } = this.#shown;
      const bytes = await this.worker.ask('draw', { picture, view: window.view, live });
      this.#lastCells = { window, bytes };
      this.#repaint();
    }
    this.#drawing = false;
    this.#say('drawn');
  }

  #say(state: 'drawing' | 'drawn'): void {
    if (this.#canvas !== undefined) this.#canvas.dataset['state'] = state;
  }
}
