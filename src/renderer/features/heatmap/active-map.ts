import type { ContextKeys } from '../../platform/context-keys';
import type { Shown } from './export/save';
import type { MapOptionsStore } from './map-options';

/** A map on the screen, for the commands that act on one. */
export interface OpenMap {
  /** What it shows now. */
  readonly shown: () => Shown | undefined;
  readonly options: MapOptionsStore;
}

/** The map that commands act on: the one that was used last, else the one opened last. */
export class ActiveMap {
  readonly #contextKeys: ContextKeys;
  readonly #open: OpenMap[] = [];

  constructor(contextKeys: ContextKeys) {
    this.#contextKeys = contextKeys;
  }

  get current(): OpenMap | undefined {
    return this.#open.at(-1);
  }

  /** Makes a map the current one; opens it first if need be. */
  use(map: OpenMap): void {
    if (this.current === map) return;
    this.#remove(map);
    this.#open.push(map);
    this.tell();
  }

  close(map: OpenMap): void {
    this.#remove(map);
    this.tell();
  }

  /** Keeps the context keys true; call when what they say of the current map changes. */
  tell(): void {
    const { current } = this;
    const shown = current?.shown();
    this.#contextKeys.set({
      'heatmap.shown': current !== undefined,
      'heatmap.selection': shown?.controller.snapshot().selection !== undefined,
      'heatmap.regions': (shown?.regions.length ?? 0) > 0,
      'heatmap.job': shown?.hasJob ?? false,
      'heatmap.difference': shown?.hasDifference ?? false,
      'heatmap.interval': shown?.intervals !== undefined,
      'heatmap.intervals': (shown?.intervals?.all.length ?? 0) > 1,
      'heatmap.mode': current?.options.getState().mode ?? '',
    });
  }

  #remove(map: OpenMap): void {
    const at = this.#open.indexOf(map);
    if (at >= 0) this.#open.splice(at, 1);
  }
}
