/**
 * A value as XAPI passes it. Integers and floats differ on the wire (XML-RPC sends integers as strings), so a plain
 * number always means an integer and a float is wrapped.
 * Source: xen-api doc/content/xen-api/wire-protocol.md.
 */
export type Value =
  string | boolean | number | Float | DateTime | readonly Value[] | { readonly [key: string]: Value };

/** A double-precision number. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A point in time, in seconds resolution on the wire: `20180101T00:00:00Z`. */
export class DateTime {
  readonly milliseconds: number;
  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }

  static readonly epoch = new DateTime(0);

  toString(): string {
    return new Date(this.milliseconds).toISOString().replace(/-|\.\d+/g, '');
  }
}

/** What a call without a result answers. */
export const VOID = '';

export type ValueMap = Readonly<Record<string, Value>>;

/** True for a struct, as opposed to scalars, arrays and the wrapped scalars. */
export function isMap(value: Value): value is ValueMap {
  return (
    typeof value === 'object' &&
    !Array.isArray(value) &&
    !(value instanceof Float) &&
    !(value instanceof DateTime)
  );
}
