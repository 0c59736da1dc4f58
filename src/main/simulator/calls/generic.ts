import type { Database } from '../records/database';
import type { Field, FieldKind } from '../records/field';
import type { Table } from '../records/table';
import type { Value, ValueMap } from '../rpc/value';
import { XapiError } from '../rpc/xapi-error';
import { instantMethod, type Method } from './method';
import * as parameter from './parameter';

/** The calls that every class has by its fields alone: getters, setters, and entries of sets and maps. */
export function genericMethods(db: Database, classNames: readonly string[]): Method[] {
  return classNames.flatMap((name) => {
    const table = db.table(name)!;
    const fields = Object.entries(table.definition.fields).flatMap(([field, definition]) => [
      getter(table, field),
      ...(definition.writable ? setters(table, field, definition) : []),
    ]);
    return [...objectMethods(table), ...(table.definition.listable ? listMethods(table) : []), ...fields];
  });
}

const self = parameter.ref('self');

function objectMethods(table: Table): Method[] {
  const { name, fields } = table.definition;
  const methods = [
    instantMethod(`${name}.get_record`, [self], (_, ref) => table.snapshot(ref)),
    instantMethod(`${name}.get_by_uuid`, [parameter.string('uuid')], (_, uuid) => table.refByUuid(uuid)),
  ];
  if (fields.name_label) {
    methods.push(
      instantMethod(`${name}.get_by_name_label`, [parameter.string('label')], (_, label) =>
        [...table.rows()].filter(({ record }) => record.name_label === label).map(({ ref }) => ref),
      ),
    );
  }
  return methods;
}

function listMethods(table: Table): Method[] {
  const { name } = table.definition;
  const records = (): ValueMap =>
    Object.fromEntries([...table.refs()].map((ref) => [ref, table.snapshot(ref)]));
  return [
    instantMethod(`${name}.get_all`, [], () => [...table.refs()]),
    instantMethod(`${name}.get_all_records`, [], records),
  ];
}

function getter(table: Table, field: string): Method {
  return instantMethod(`${table.definition.name}.get_${field}`, [self], (_, ref) =>
    table.field(table.get(ref), field),
  );
}

const READERS: Readonly<Record<FieldKind, (name: string) => parameter.Parameter<unknown>>> = {
  string: parameter.string,
  ref: parameter.ref,
  date: parameter.string,
  int: parameter.int,
  float: parameter.float,
  bool: parameter.bool,
  set: parameter.set,
  map: parameter.map,
  'back-references': parameter.set,
};

function setters(table: Table, field: string, { kind }: Field<unknown>): Method[] {
  const { name } = table.definition;
  const read = (ref: string): Value => table.field(table.get(ref), field);
  const write = (ref: string, value: unknown): void => table.update(ref, { [field]: value });
  const methods = [
    instantMethod(`${name}.set_${field}`, [self, READERS[kind]('value')], (_, ref, value) =>
      write(ref, value),
    ),
  ];
  if (kind === 'set') {
    const items = (ref: string): readonly string[] => read(ref) as readonly string[];
    const item = parameter.string('value');
    methods.push(
      instantMethod(`${name}.add_${field}`, [self, item], (_, ref, value) =>
        write(ref, [...new Set([...items(ref), value])]),
      ),
      instantMethod(`${name}.remove_${field}`, [self, item], (_, ref, value) =>
        write(
          ref,
          items(ref).filter((each) => each !== value),
        ),
      ),
    );
  }
  if (kind === 'map') {
    const entries = (ref: string): Readonly<Record<string, string>> =>
      read(ref) as Readonly<Record<string, string>>;
    const key = parameter.string('key');
    methods.push(
      instantMethod(
        `${name}.add_to_${field}`,
        [self, key, parameter.string('value')],
        (_, ref, entry, value) => {
          const map = entries(ref);
          if (Object.hasOwn(map, entry)) throw new XapiError('MAP_DUPLICATE_KEY', name, field, ref, entry);
          write(ref, { ...map, [entry]: value });
        },
      ),
      instantMethod(`${name}.remove_from_${field}`, [self, key], (_, ref, entry) =>
        write(ref, Object.fromEntries(Object.entries(entries(ref)).filter(([each]) => each !== entry))),
      ),
    );
  }
  return methods;
}
