import type { BlockBitmap } from '../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE } from '../../../shared/blocks/extent';
import type { LayerOperation } from '../../../shared/blocks/layers';
import type { HeatmapWorker } from './worker-client';

interface Entry {
  readonly layer: number;
  readonly sizeBytes: number;
}

/** What the layers in the worker may take together before those not shown are let go: a bit a block, 1 GiB of disk in 2 KiB. */
const BUDGET_BYTES = 320 * 1024 * 1024;
const memoryOf = ({ sizeBytes }: Entry): number => (sizeBytes / CBT_BLOCK_SIZE / 8) * 1.1;

/** The layers in the worker by name: each is made once, in the order in which they are asked for. */
export class LayerStore {
  readonly #worker: HeatmapWorker;
  readonly #entries = new Map<string, Entry>();
  #next = 0;

  constructor(worker: HeatmapWorker) {
    this.#worker = worker;
  }

  /** The bitmap of an interval, copied into the worker. */
  load(interval: string, bitmap: BlockBitmap): number {
    return this.#make(`load ${interval}`, bitmap.sizeBytes, (layer) => {
      const bytes = bitmap.bytes.slice();
      const ask = { layer, sizeBytes: bitmap.sizeBytes, bitmap: bytes };
      void this.#worker.ask('load', ask, [bytes.buffer]);
    });
  }

  combined(operation: LayerOperation, a: number, b: number): number {
    const sizeBytes = Math.max(this.#sizeOf(a), this.#sizeOf(b));
    return this.#make(`${operation} ${a} ${b}`, sizeBytes, (layer) => {
      void this.#worker.ask('combine', { layer, operation, a, b });
    });
  }

  /** All blocks that are in any of the layers. */
  united(layers: readonly number[]): number {
    const sizeBytes = Math.max(...layers.map((layer) => this.#sizeOf(layer)));
    return this.#make(`unite ${layers.join(' ')}`, sizeBytes, (layer) => {
      void this.#worker.ask('unite', { layer, layers });
    });
  }

  /** Lets go of what was used longest ago, beyond the budget, but for the layers that are shown. */
  trim(shown: ReadonlySet<number>): void {
    let total = 0;
    for (const entry of this.#entries.values()) total += memoryOf(entry);
    for (const [name, entry] of this.#entries) {
      if (total <= BUDGET_BYTES) return;
      if (shown.has(entry.layer)) continue;
      total -= memoryOf(entry);
      this.#entries.delete(name);
      void this.#worker.ask('drop', { layers: [entry.layer] });
    }
  }

  #make(name: string, sizeBytes: number, make: (layer: number) => void): number {
    const known = this.#entries.get(name);
    this.#entries.delete(name);
    const entry = known ?? { layer: this.#next++, sizeBytes };
    this.#entries.set(name, entry);
    if (known === undefined) make(entry.layer);
    return entry.layer;
  }

  #sizeOf(layer: number): number {
    for (const entry of this.#entries.values()) if (entry.layer === layer) return entry.sizeBytes;
    throw new Error(`layer ${layer} is not known`);
  }
}
