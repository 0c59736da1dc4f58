import { ALLOCATION_CONTEXT } from '../protocol';

/** Reads what a client sends with an option; undefined where it contradicts itself. */
class OptionData {
  #at = 0;

  constructor(private readonly data: Buffer) {}

  u16(): number | undefined {
    return this.#take(2)?.readUInt16BE();
  }

  u32(): number | undefined {
    return this.#take(4)?.readUInt32BE();
  }

  text(): string | undefined {
    const length = this.u32();
    return length === undefined ? undefined : this.#take(length)?.toString('utf8');
  }

  get isOver(): boolean {
    return this.#at === this.data.length;
  }

  #take(bytes: number): Buffer | undefined {
    if (this.#at + bytes > this.data.length) return undefined;
    this.#at += bytes;
    return this.data.subarray(this.#at - bytes, this.#at);
  }
}

/** Of INFO and GO. */
export function parseInfoRequest(
  data: Buffer,
): { readonly name: string; readonly asked: ReadonlySet<number> } | undefined {
  const from = new OptionData(data);
  const name = from.text();
  const count = from.u16();
  if (name === undefined || count === undefined) return undefined;
  const asked = new Set<number>();
  for (let at = 0; at < count; at++) {
    const type = from.u16();
    if (type === undefined) return undefined;
    asked.add(type);
  }
  return from.isOver ? { name, asked } : undefined;
}

/** Of LIST_META_CONTEXT and SET_META_CONTEXT. `allocation`: the queries name the one context that there is. */
export function parseContextRequest(
  data: Buffer,
): { readonly name: string; readonly queries: number; readonly allocation: boolean } | undefined {
  const from = new OptionData(data);
  const name = from.text();
  const queries = from.u32();
  if (name === undefined || queries === undefined) return undefined;
  let allocation = false;
  for (let at = 0; at < queries; at++) {
    const query = from.text();
    if (query === undefined) return undefined;
    allocation ||= query === ALLOCATION_CONTEXT;
  }
  return from.isOver ? { name, queries, allocation } : undefined;
}
