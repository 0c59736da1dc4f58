import type { ClassDefinition, FieldKind, RecordOf } from '../records/field';
import { DateTime, type Value, type ValueMap } from '../rpc/value';
import { XapiError } from '../rpc/xapi-error';
import { readBool, readFloat, readInt, readMap, readSet, readString } from './parameter';

const READERS: Readonly<Record<FieldKind, (value: Value) => unknown>> = {
  string: readString,
  ref: readString,
  date: (value) => (value instanceof DateTime ? value : undefined),
  int: readInt,
  float: readFloat,
  bool: readBool,
  set: readSet,
  map: readMap,
  'back-references': () => undefined,
};

/**
 * The named fields of a record that a `create` call got; others are ignored, as XAPI ignores them.
 * @throws XapiError FIELD_TYPE_ERROR
 */
export function fieldsOf<C extends ClassDefinition, K extends keyof RecordOf<C> & string>(
  definition: C,
  args: ValueMap,
  names: readonly K[],
): Partial<Pick<RecordOf<C>, K>> {
  const result: Record<string, unknown> = {};
  for (const name of names) {
    const value = args[name];
    if (value === undefined) continue;
    const read = READERS[definition.fields[name].kind](value);
    if (read === undefined) throw new XapiError('FIELD_TYPE_ERROR', name);
    result[name] = read;
  }
  return result as Partial<Pick<RecordOf<C>, K>>;
}
