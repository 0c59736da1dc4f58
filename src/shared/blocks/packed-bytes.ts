export const PAGE_BYTES = 1024;
const ZEROS = -1;
const ONES = -2;

/** One page of a bitmap: its bytes, or what all of them are. */
export type Page = Uint8Array | 'zeros' | 'ones';

/** Bytes of a bitmap at rest: pages that are all zeros or all ones take no room. */
export class PackedBytes {
  readonly #length: number;
  /** Per page its place among the kept ones, or what it consists of. */
  readonly #pages: Int32Array;
  readonly #kept: Uint8Array;

  private constructor(length: number, pages: Int32Array, kept: Uint8Array) {
    this.#length = length;
    this.#pages = pages;
    this.#kept = kept;
  }

  static of(bytes: Uint8Array): PackedBytes {
    const pages = Array.from({ length: Math.ceil(bytes.length / PAGE_BYTES) }, (_, at): Page => {
      const page = pageOf(bytes, at);
      return uniform(page) ?? page;
    });
    return PackedBytes.ofPages(bytes.length, pages);
  }

  /** @param length in bytes, of all pages; the last may be shorter than the others. */
  static ofPages(length: number, pages: readonly Page[]): PackedBytes {
    let kept = 0;
    const places = Int32Array.from(pages, (page) =>
      page === 'zeros' ? ZEROS : page === 'ones' ? ONES : kept++,
    );
    const packed = new PackedBytes(length, places, new Uint8Array(kept * PAGE_BYTES));
    for (const [at, page] of pages.entries())
      if (typeof page !== 'string') packed.#kept.set(page, places[at] * PAGE_BYTES);
    return packed;
  }

  /** All bits set. */
  static ones(length: number): PackedBytes {
    return new PackedBytes(
      length,
      new Int32Array(Math.ceil(length / PAGE_BYTES)).fill(ONES),
      new Uint8Array(),
    );
  }

  equals(other: PackedBytes): boolean {
    return (
      this.#length === other.#length &&
      this.#kept.length === other.#kept.length &&
      this.#pages.every((place, page) => place === other.#pages[page]) &&
      this.#kept.every((byte, at) => byte === other.#kept[at])
    );
  }

  /** How much memory it takes, in bytes. */
  get size(): number {
    return this.#pages.byteLength + this.#kept.length;
  }

  unpack(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#length);
    for (const [page, place] of this.#pages.entries()) {
      const target = pageOf(bytes, page);
      if (place === ONES) target.fill(0xff);
      else if (place !== ZEROS) target.set(pageOf(this.#kept, place).subarray(0, target.length));
    }
    return bytes;
  }
}

const pageOf = (bytes: Uint8Array, page: number): Uint8Array =>
  bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);

function uniform(page: Uint8Array): 'zeros' | 'ones' | undefined {
  const [first] = page;
  if (first !== 0 && first !== 0xff) return undefined;
  for (let at = 1; at < page.length; at++) if (page[at] !== first) return undefined;
  return first === 0 ? 'zeros' : 'ones';
}
