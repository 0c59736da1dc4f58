import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import type { Faults } from './faults';

/** Joins damaged blocks that follow each other, so that one broken megabyte is one sentence. */
export class DamagedBlocks {
  readonly #blocks = new Map<string, number[]>();

  add(what: string, block: number): void {
    const blocks = this.#blocks.get(what);
    if (blocks) blocks.push(block);
    else this.#blocks.set(what, [block]);
  }

  get any(): boolean {
    return this.#blocks.size > 0;
  }

  /** Reports them as ranges of the disk. `what` is the sentence's end, e.g. `differs from its checksum`. */
  report(file: string, nextStep: string, faults: Faults): void {
    for (const [what, blocks] of this.#blocks) {
      blocks.sort((a, b) => a - b);
      for (let at = 0; at < blocks.length;) {
        let end = at + 1;
        while (end < blocks.length && blocks[end] === blocks[end - 1] + 1) end++;
        const offset = blocks[at] * CBT_BLOCK_SIZE;
        const count = end - at;
        const range = count === 1 ? `The 64 KiB block` : `A run of ${count} blocks of 64 KiB`;
        faults.add({
          file,
          offset,
          on: 'disk',
          message: `${range} at disk offset ${offset} ${what}.`,
          nextStep,
        });
        at = end;
      }
    }
  }
}
