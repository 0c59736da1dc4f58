import type { ImageFault } from '../types';

const MOST_FAULTS = 1000;

/** Collects what a check finds, up to a number that still can be shown. */
export class FaultList {
  readonly faults: ImageFault[] = [];
  private silenced = false;

  add(fileOffset: number, message: string): void {
    if (this.silenced) return;
    if (this.faults.length < MOST_FAULTS) this.faults.push({ fileOffset, message });
    else this.silence('There are more faults; only the first ones are listed.');
  }

  /** Adds a last finding and ignores all that follow. */
  silence(message?: string): void {
    if (message) this.faults.push({ fileOffset: 0, message });
    this.silenced = true;
  }
}
