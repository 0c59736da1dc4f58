import { randomUUID } from 'node:crypto';
import { GrowingBytes } from '../../../../shared/blocks/large-bytes';
import { LongText } from './long-text';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Names, logs and records stay below; a list of changed blocks of a few TiB does not. */
const LONG_BYTES = 1024 * 1024;

/**
 * Parses JSON that comes in chunks. Strings of more than 1 MiB, if they are plain ASCII, become {@link LongText}.
 * @param keep false: what they hold is let go, be it ASCII or not.
 * @throws SyntaxError
 */
export async function readJson(chunks: AsyncIterable<Uint8Array>, keep = true): Promise<unknown> {
  const split = new StringSplitter(keep);
  for await (const chunk of chunks) split.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
  const { text, mark, long } = split.end();
  if (long.length === 0) return JSON.parse(text);
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? long[Number(value.slice(mark.length))] : value,
  );
}

/** Takes long strings out of a JSON text as it comes. */
class StringSplitter {
  readonly #mark = `${randomUUID()}:`;
  readonly #text: Uint8Array[] = [];
  readonly #long: LongText[] = [];
  /** Of the string that the last chunk left open, with its quote. */
  #open: Buffer[] = [];
  /** The same, once it is long. */
  #growing: GrowingBytes | undefined;
  #openBytes = 0;
  #inString = false;
  #escaped = false;
  /** Neither escapes nor anything but ASCII, so that its bytes are its text. */
  #plain = true;

  constructor(private readonly keep: boolean) {}

  push(chunk: Buffer): void {
    let from = 0;
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (!this.#inString) {
        if (byte !== QUOTE) continue;
        this.#inString = this.#plain = true;
        start = at;
      } else if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) {
        this.#escaped = true;
        this.#plain = false;
      } else if (byte === QUOTE) {
        this.#inString = false;
        if (this.#openBytes === 0) continue; // it began in this chunk
        from = at + 1;
        this.#hold(chunk.subarray(0, from));
        this.#close();
      } else if (byte > 0x7e) this.#plain = false;
    }
    const end = this.#inString ? start : chunk.length;
    if (end > from) this.#text.push(chunk.subarray(from, end));
    if (this.#inString) this.#hold(chunk.subarray(start));
  }

  end(): { text: string; mark: string; long: readonly LongText[] } {
    const text = Buffer.concat([...this.#text, ...this.#open]).toString('utf8');
    return { text, mark: this.#mark, long: this.#long };
  }

  #hold(part: Buffer): void {
    this.#open.push(part);
    this.#openBytes += part.length;
    if (this.#openBytes <= LONG_BYTES) return;
    if (this.keep) {
      this.#growing ??= new GrowingBytes();
      for (const piece of this.#open) this.#growing.add(piece);
    }
    this.#open = [];
  }

  #close(): void {
    const bytes = this.#growing?.bytes;
    if (this.#openBytes <= LONG_BYTES) this.#text.push(...this.#open);
    else if (bytes && !this.#plain) this.#text.push(bytes);
    else {
      this.#text.push(Buffer.from(JSON.stringify(`${this.#mark}${this.#long.length}`)));
      // Without its quotes.
      this.#long.push(new LongText(bytes?.subarray(1, -1)));
    }
    this.#open = [];
    this.#growing = undefined;
    this.#openBytes = 0;
  }
}
