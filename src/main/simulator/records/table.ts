import { DateTime, Float, type Value, type ValueMap } from '../rpc/value';
import { XapiError } from '../rpc/xapi-error';
import type { Changes } from './changes';
import { NULL_REF, type ClassDefinition, type RecordOf } from './field';

export interface Row<R> {
  readonly ref: string;
  readonly created: number;
  modified: number;
  record: R;
}

/** Tells the database that a reference field moved from one object to another. */
export type ReferenceMoved = (field: string, ref: string, from: string, to: string) => void;

/** The objects of one class. Changing a record replaces it; what a caller holds keeps its values, except for back references. */
export class Table<C extends ClassDefinition = ClassDefinition> {
  readonly definition: C;
  readonly #rows = new Map<string, Row<RecordOf<C>>>();
  readonly #byUuid = new Map<string, string>();
  readonly #changes: Changes;
  readonly #newUuid: () => string;
  readonly #referenceMoved: ReferenceMoved;
  readonly #references: readonly string[];

  constructor(definition: C, changes: Changes, newUuid: () => string, referenceMoved: ReferenceMoved) {
    this.definition = definition;
    this.#changes = changes;
    this.#newUuid = newUuid;
    this.#referenceMoved = referenceMoved;
    this.#references = Object.entries(definition.fields)
      .filter(([, field]) => field.kind === 'ref')
      .map(([name]) => name);
  }

  get size(): number {
    return this.#rows.size;
  }

  rows(): IterableIterator<Row<RecordOf<C>>> {
    return this.#rows.values();
  }

  refs(): IterableIterator<string> {
    return this.#rows.keys();
  }

  has(ref: string): boolean {
    return this.#rows.has(ref);
  }

  /** @throws XapiError HANDLE_INVALID */
  get(ref: string): RecordOf<C> {
    return this.#row(ref).record;
  }

  /** @throws XapiError UUID_INVALID */
  refByUuid(uuid: string): string {
    const ref = this.#byUuid.get(uuid);
    if (ref === undefined) throw new XapiError('UUID_INVALID', this.definition.name, uuid);
    return ref;
  }

  /** Accepts either, as the raw disk handlers do. */
  refByRefOrUuid(refOrUuid: string): string {
    return this.#rows.has(refOrUuid) ? refOrUuid : this.refByUuid(refOrUuid);
  }

  create(values: Partial<RecordOf<C>>, ref = `OpaqueRef:${this.#newUuid()}`): string {
    const initial: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(this.definition.fields)) {
      initial[name] = field.kind === 'back-references' ? new Set() : field.initial;
    }
    const record = { ...initial, uuid: this.#newUuid(), ...values } as unknown as RecordOf<C>;
    const generation = this.#changes.next(this.definition.name);
    this.#rows.set(ref, { ref, record, created: generation, modified: generation });
    this.#byUuid.set(this.#text(record, 'uuid'), ref);
    for (const field of this.#references) {
      this.#referenceMoved(field, ref, NULL_REF, this.#text(record, field));
    }
    return ref;
  }

  update(ref: string, patch: Partial<RecordOf<C>>): void {
    const row = this.#row(ref);
    const before = row.record;
    const changed = Object.keys(patch).filter((name) => !equal(value(before, name), value(patch, name)));
    if (changed.length === 0) return;
    row.record = { ...before, ...patch };
    row.modified = this.#changes.next(this.definition.name);
    for (const field of changed.filter((name) => this.#references.includes(name))) {
      this.#referenceMoved(field, ref, this.#text(before, field), this.#text(row.record, field));
    }
  }

  destroy(ref: string): void {
    const row = this.#row(ref);
    for (const field of this.#references) {
      this.#referenceMoved(field, ref, this.#text(row.record, field), NULL_REF);
    }
    this.#rows.delete(ref);
    this.#byUuid.delete(this.#text(row.record, 'uuid'));
    this.#changes.deleted(this.definition.name, ref, row.created);
  }

  /** Makes the object look changed, so that an event is sent. */
  touch(ref: string): void {
    this.#row(ref).modified = this.#changes.next(this.definition.name);
  }

  /** Adds to or removes from a set that the database keeps; unknown objects are left alone. */
  link(ref: string, field: string, other: string, present: boolean): void {
    const row = this.#rows.get(ref);
    if (!row) return;
    const set = value(row.record, field) as Set<string>;
    if (present) set.add(other);
    else set.delete(other);
    row.modified = this.#changes.next(this.definition.name);
  }

  /** The record as it goes over the wire. */
  snapshot(ref: string): ValueMap {
    const record = this.get(ref);
    const result: Record<string, Value> = {};
    for (const name of Object.keys(this.definition.fields)) result[name] = this.field(record, name);
    return result;
  }

  /** One field as it goes over the wire. */
  field(record: RecordOf<C>, name: string): Value {
    const stored = value(record, name);
    return stored instanceof Set ? ([...stored] as string[]) : (stored as Value);
  }

  #row(ref: string): Row<RecordOf<C>> {
    const row = this.#rows.get(ref);
    if (!row) throw new XapiError('HANDLE_INVALID', this.definition.name, ref);
    return row;
  }

  #text(record: unknown, field: string): string {
    return value(record, field) as string;
  }
}

const value = (record: unknown, name: string): unknown => (record as Record<string, unknown>)[name];

function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof Float && b instanceof Float) return a.value === b.value;
  if (a instanceof DateTime && b instanceof DateTime) return a.milliseconds === b.milliseconds;
  return JSON.stringify(a) === JSON.stringify(b);
}
