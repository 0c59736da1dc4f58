import type { BlockBitmap } from '../../../shared/blocks/bitmap';
import type { ChangeStatistics } from '../../../shared/blocks/statistics';
import type { BlockRange } from '../../../shared/blocks/view';
import { createCanvasPainter } from './drawing/canvas-painter';
import type { Cells, ColourTable, Painter } from './drawing/painter';
import { createWebglPainter } from './drawing/webgl-painter';
import type { HotRange } from './model/hot-ranges';
import type { LiveState, Picture } from './model/picture';
import { fit, resize, windowOf, type Viewport } from './model/viewport';
import { HeatmapWorker } from './worker-client';

/** What the heatmap shows and where its cursor is. Replaced, never changed. */
export interface HeatmapState {
  readonly viewport: Viewport;
  readonly cursor: number | undefined;
  readonly selection: BlockRange | undefined;
  /** Why nothing can be drawn any more. */
  readonly broken?: string;
}

export type LiveRuns = readonly (readonly [first: number, end: number, state: LiveState])[];

/**
 * Joins the worker that holds the bitmaps with a canvas. At most one drawing is under way; what changes meanwhile is
 * drawn next, so panning never queues up.
 */
export class HeatmapController {
  readonly worker = new HeatmapWorker();
  #state: HeatmapState;
  #picture: Picture | undefined;
  #painter: Painter | undefined;
  #canvas: HTMLCanvasElement | undefined;
  #drawing = false;
  #stale = false;
  #lastCells: Cells | undefined;
  #layers = new Map<string, { layer: number; statistics: Promise<ChangeStatistics> }>();
  #nextLayer = 0;
  readonly #listeners = new Set<() => void>();

  constructor(layout: Viewport['layout'], blocks: number) {
    const viewport = fit({ layout, blocks, width: 640, height: 360, scale: 1, x: 0, y: 0 });
    this.#state = { viewport, cursor: undefined, selection: undefined };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly snapshot = (): HeatmapState => this.#state;

  /** The cells on the canvas now, for checks and for saving a picture. */
  get cells(): Cells | undefined {
    return this.#lastCells;
  }
  get painterKind(): Painter['kind'] | undefined {
    return this.#painter?.kind;
  }

  attach(canvas: HTMLCanvasElement, colours: ColourTable): void {
    this.#canvas = canvas;
    this.#painter = createWebglPainter(canvas) ?? createCanvasPainter(canvas);
    this.#painter.setColours(colours);
    const { width, height } = this.#state.viewport;
    this.#painter.resize(width, height);
    this.#redraw();
  }

  setColours(colours: ColourTable): void {
    this.#painter?.setColours(colours);
    if (this.#lastCells) this.#painter?.paint(this.#lastCells);
  }

  update(change: Partial<HeatmapState>): void {
    const before = this.#state;
    this.#state = { ...before, ...change };
    if (this.#state.viewport !== before.viewport) this.#redraw();
    for (const listener of this.#listeners) listener();
  }

  resize(width: number, height: number): void {
    if (width === this.#state.viewport.width && height === this.#state.viewport.height) return;
    this.#painter?.resize(width, height);
    if (this.#lastCells) this.#painter?.paint(this.#lastCells);
    this.update({ viewport: resize(this.#state.viewport, width, height) });
  }

  /** Gives a bitmap to the worker once; `key` names it from then on. */
  load(key: string, bitmap: BlockBitmap): { layer: number; statistics: Promise<ChangeStatistics> } {
    const known = this.#layers.get(key);
    if (known !== undefined) return known;
    const layer = this.#nextLayer++;
    const bytes = bitmap.bytes.slice();
    const statistics = this.worker.ask('load', { layer, sizeBytes: bitmap.sizeBytes, bitmap: bytes }, [
      bytes.buffer,
    ]);
    const entry = { layer, statistics };
    this.#layers.set(key, entry);
    return entry;
  }

  /** The layers of a comparison: only in a, only in b, in both. */
  compare(a: number, b: number): Picture {
    const [onlyA, onlyB, both] = [this.#nextLayer++, this.#nextLayer++, this.#nextLayer++];
    void this.worker.ask('combine', { layer: onlyA, operation: 'only-a', a, b });
    void this.worker.ask('combine', { layer: onlyB, operation: 'only-b', a, b });
    void this.worker.ask('combine', { layer: both, operation: 'intersection', a, b });
    return { kind: 'compare', onlyA, onlyB, both };
  }

  show(picture: Picture): void {
    this.#picture = picture;
    this.#redraw();
  }

  mark(blocks: number, runs: LiveRuns): void {
    void this.worker.ask('mark', { blocks, runs });
    this.#redraw();
  }

  /** What the canvas shows, as a PNG. */
  picture(): Promise<Blob> {
    return new Promise((resolve, reject) => {
      this.#canvas?.toBlob(
        (blob) => (blob ? resolve(blob) : reject(new Error('The picture could not be made.'))),
        'image/png',
      );
    });
  }

  hot(layer: number): Promise<HotRange[]> {
    return this.worker.ask('hot', { layer });
  }

  dispose(): void {
    this.worker.dispose();
    this.#painter?.dispose();
    this.#painter = undefined;
    this.#listeners.clear();
  }

  #redraw(): void {
    this.#stale = true;
    if (!this.#drawing) void this.#draw();
  }

  async #draw(): Promise<void> {
    this.#drawing = true;
    try {
      while (this.#stale && this.#painter !== undefined && this.#picture !== undefined) {
        this.#stale = false;
        const window = windowOf(this.#state.viewport);
        const bytes = await this.worker.ask('draw', { picture: this.#picture, view: window.view });
        this.#lastCells = { window, bytes };
        this.#painter?.paint(this.#lastCells);
      }
    } catch (error) {
      this.update({ broken: error instanceof Error ? error.message : String(error) });
    } finally {
      this.#drawing = false;
    }
  }
}
