import { DateTime, Float } from '../rpc/value';

/** The reference that refers to nothing. */
export const NULL_REF = 'OpaqueRef:NULL';

export type FieldKind =
  'string' | 'int' | 'float' | 'bool' | 'date' | 'ref' | 'set' | 'map' | 'back-references';

/** One field of a XAPI class: its type on the wire, the value a new object has, and whether clients may set it. */
export interface Field<T> {
  readonly kind: FieldKind;
  readonly initial: T;
  readonly writable: boolean;
  /** For back references: the class and field that point here. */
  readonly from?: readonly [className: string, field: string];
}

const field =
  <T>(kind: FieldKind, standard: T) =>
  (initial: T = standard): Field<T> => ({ kind, initial, writable: false });

export const string = field<string>('string', '');
export const int = field('int', 0);
export const float = field('float', new Float(0));
export const bool = field<boolean>('bool', false);
export const date = field('date', DateTime.epoch);
export const ref = field<string>('ref', NULL_REF);
export const set = field<readonly string[]>('set', []);
export const map = field<Readonly<Record<string, string>>>('map', {});

/** Clients may set it: `set_x`, and for sets and maps `add_x`, `add_to_x` and their opposites. */
export const writable = <T>(base: Field<T>): Field<T> => ({ ...base, writable: true });

/** A set that the database keeps by itself: all objects of `className` whose `name` points here. */
export const backReferences = (className: string, name: string): Field<ReadonlySet<string>> => ({
  kind: 'back-references',
  initial: new Set(),
  writable: false,
  from: [className, name],
});

export type Fields = Readonly<Record<string, Field<unknown>>>;

/** A XAPI class. */
export interface ClassDefinition<F extends Fields = Fields> {
  readonly name: string;
  readonly fields: F;
  /** Clients may list its objects; true for all classes but `session`. */
  readonly listable: boolean;
}

export const defineClass = <F extends Fields>(
  name: string,
  fields: F,
  { listable = true } = {},
): ClassDefinition<F> => ({ name, fields, listable });

/** The stored record of a class. */
export type RecordOf<C> =
  C extends ClassDefinition<infer F>
    ? { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never }
    : never;
