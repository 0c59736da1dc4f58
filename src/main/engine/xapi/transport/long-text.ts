/**
 * A very long string of an answer, as the ASCII bytes that came. As text it would be held three times while it is read:
 * as bytes, as the answer and as the string.
 */
export class LongText {
  /** @param bytes undefined: it came where nobody reads it, and was let go. Whoever reads them may work in their place. */
  constructor(readonly bytes: Uint8Array | undefined) {}

  /** What stands between the two, in the same memory; undefined when it does not begin and end so. */
  between(start: string, end: string): LongText | undefined {
    const { bytes = new Uint8Array() } = this;
    const to = bytes.length - end.length;
    const fits =
      to >= start.length &&
      textOf(bytes.subarray(0, start.length)) === start &&
      textOf(bytes.subarray(to)) === end;
    return fits ? new LongText(bytes.subarray(start.length, to)) : undefined;
  }
}

const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
