import { Changes } from './changes';
import { CLASSES, type ClassName } from './classes';
import type { ClassDefinition, RecordOf } from './field';
import { Table } from './table';

export type Tables = { readonly [K in ClassName]: Table<(typeof CLASSES)[K]> };
export type RecordFor<K extends ClassName> = RecordOf<(typeof CLASSES)[K]>;

/** The pool's objects, one table per class, with references kept in both directions. */
export interface Database extends Tables {
  readonly changes: Changes;
  /** A table by its name on the wire, for generic calls; undefined when there is no such class. */
  table(className: string): Table | undefined;
}

/** An empty database. `newUuid` names its objects. */
export function createDatabase(newUuid: () => string): Database {
  const changes = new Changes();
  const tables = new Map<string, Table>();
  const definitions: readonly ClassDefinition[] = Object.values(CLASSES);
  const inverse = inverseFields(definitions);
  for (const definition of definitions) {
    const moved = (field: string, ref: string, from: string, to: string): void => {
      for (const [className, target] of inverse.get(`${definition.name}.${field}`) ?? []) {
        const table = tables.get(className);
        if (from !== to) table?.link(from, target, ref, false);
        table?.link(to, target, ref, true);
      }
    };
    tables.set(definition.name, new Table(definition, changes, newUuid, moved));
  }
  return {
    ...(Object.fromEntries(tables) as unknown as Tables),
    changes,
    table: (className) => tables.get(className),
  };
}

/** `class.field` of each reference → the sets that mirror it. */
function inverseFields(definitions: readonly ClassDefinition[]): Map<string, [string, string][]> {
  const inverse = new Map<string, [string, string][]>();
  for (const { name, fields } of definitions) {
    for (const [field, { from }] of Object.entries(fields)) {
      if (!from) continue;
      const key = from.join('.');
      inverse.set(key, [...(inverse.get(key) ?? []), [name, field]]);
    }
  }
  return inverse;
}
