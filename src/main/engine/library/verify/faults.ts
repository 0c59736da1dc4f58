import type { Failure } from '../../../../shared/model/failure';
import type { VerifyFault } from '../../../../shared/model/library';

/** A damaged disk of 16 TiB must not become 268 million sentences. */
const MOST_FAULTS = 100;

/** Collects what is wrong; neighbouring damaged blocks are told as one range. */
export class Faults {
  readonly list: VerifyFault[] = [];
  #more = 0;

  add(fault: VerifyFault): void {
    if (this.list.length < MOST_FAULTS) this.list.push(fault);
    else this.#more++;
  }

  addFailure(file: string, failure: Failure): void {
    this.add({ file, message: failure.message, nextStep: failure.nextStep });
  }

  /** All faults; the last one says how many were left out. */
  all(): VerifyFault[] {
    if (this.#more === 0) return this.list;
    const file = this.list.at(-1)!.file;
    const message = `There are ${this.#more} more faults like these.`;
    return [...this.list, { file, message, nextStep: 'See the faults above.' }];
  }
}
