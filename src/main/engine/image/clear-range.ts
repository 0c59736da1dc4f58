import { isZero } from '../block-io/zeros';
import type { OutputFile } from './output-file';

const ZEROS = Buffer.alloc(256 * 1024);

/** Puts zeros in the place of whatever ranges of a file hold. They are looked at first: zeros over a hole would only fill it. */
export class RangeClearer {
  /** Of what is looked at. */
  #spare: Buffer | undefined;

  constructor(private readonly file: OutputFile) {}

  /** The range lies within the file. */
  clear(position: number, length: number): void {
    const found = (this.#spare ??= Buffer.allocUnsafeSlow(ZEROS.length));
    for (let at = position; at < position + length; at += found.length) {
      const part = Math.min(found.length, position + length - at);
      this.file.readNow(found, 0, part, at);
      if (!isZero(found, 0, part)) this.file.writeNow(ZEROS, 0, part, at);
    }
  }
}
