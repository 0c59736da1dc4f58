import { CELL_OUTSIDE, rangeOfCell, type MapView } from '../../../../shared/blocks/view';
import { colourRow, liveValue, type LiveState } from './picture';

const codes: readonly LiveState[] = ['queued', 'reading', 'done', 'retried', 'failed'];
/** The most telling state of a cell wins. */
const rank: Record<LiveState, number> = { done: 0, queued: 1, retried: 2, reading: 3, failed: 4 };

/** What a running export does with each block: one byte per 64 KiB block of the disk. */
export class LiveStates {
  readonly #states: Uint8Array;

  constructor(blocks: number) {
    this.#states = new Uint8Array(blocks);
  }

  get blocks(): number {
    return this.#states.length;
  }

  mark(first: number, end: number, state: LiveState): void {
    this.#states.fill(codes.indexOf(state) + 1, first, end);
  }

  /** Draws over the cells that the job touches. */
  draw(view: MapView, out: Uint8Array): void {
    for (let row = 0, at = 0; row < view.rows; row++) {
      for (let column = 0; column < view.columns; column++, at += 2) {
        if (out[at] === CELL_OUTSIDE && out[at + 1] === 0) continue;
        const range = rangeOfCell(view, column, row);
        const state = range && this.#strongest(range.first, range.end);
        if (state === undefined) continue;
        out[at] = liveValue[state];
        out[at + 1] = colourRow.live;
      }
    }
  }

  #strongest(first: number, end: number): LiveState | undefined {
    let strongest: LiveState | undefined;
    for (let block = first; block < end; block++) {
      const code = this.#states[block];
      if (code === undefined || code === 0) continue;
      const state = codes[code - 1];
      if (strongest === undefined || rank[state] > rank[strongest]) strongest = state;
    }
    return strongest;
  }
}
