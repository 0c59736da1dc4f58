import { Float, isMap, type Value } from '../rpc/value';
import { XapiError } from '../rpc/xapi-error';

/** One parameter of a call: how its value is read. */
export interface Parameter<T> {
  readonly name: string;
  /** @throws XapiError FIELD_TYPE_ERROR */
  read(value: Value): T;
  readonly optional?: boolean;
}

const parameter =
  <T>(read: (value: Value) => T | undefined) =>
  (name: string): Parameter<T> => ({
    name,
    read: (value) => {
      const result = read(value);
      if (result === undefined) throw new XapiError('FIELD_TYPE_ERROR', name);
      return result;
    },
  });

export const readString = (value: Value): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** Integers travel as numbers in JSON and as strings in XML. */
export function readInt(value: Value): number | undefined {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

export function readFloat(value: Value): Float | undefined {
  return typeof value === 'number' ? new Float(value) : value instanceof Float ? value : undefined;
}

export const readBool = (value: Value): boolean | undefined =>
  typeof value === 'boolean' ? value : undefined;

export function readSet(value: Value): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items = value as readonly Value[];
  return items.every((item) => typeof item === 'string') ? items : undefined;
}

export function readMap(value: Value): Readonly<Record<string, string>> | undefined {
  if (!isMap(value)) return undefined;
  const plain = Object.values(value).every((item) => typeof item === 'string');
  return plain ? (value as Readonly<Record<string, string>>) : undefined;
}

export const string = parameter(readString);
export const ref = string;
export const int = parameter(readInt);
export const float = parameter((value) => readFloat(value)?.value);
export const bool = parameter(readBool);
export const set = parameter(readSet);
export const map = parameter(readMap);
/** A whole record, as `create` calls take it. */
export const record = parameter((value) => (isMap(value) ? value : undefined));

/** A parameter that may be left out at the end. */
export const optional = <T>(base: Parameter<T>): Parameter<T | undefined> => ({ ...base, optional: true });
