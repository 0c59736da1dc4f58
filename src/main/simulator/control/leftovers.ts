import type { PoolState } from '../pool-state';
import type { Value } from '../rpc/value';
import { CLASSES } from '../records/classes';

/** Classes whose objects come and go by themselves or hold no resources. */
const PASSING = new Set(['session', 'message', 'VM_metrics', 'VM_guest_metrics']);

export interface Leftover {
  readonly class: string;
  readonly uuid: string;
  readonly name: string;
}

/** Every object that the pool was not built with. */
export function leftovers({ db, builtIn }: PoolState): Leftover[] {
  return Object.keys(CLASSES)
    .filter((name) => !PASSING.has(name))
    .flatMap((name) => {
      const table = db.table(name)!;
      return [...table.rows()]
        .filter(({ ref }) => !builtIn.has(ref))
        .map(({ ref }) => {
          const { uuid, name_label } = table.snapshot(ref);
          return { class: name, uuid: text(uuid), name: text(name_label) };
        });
    });
}

/** References of all objects, taken when the pool is complete. */
export function allReferences({ db }: Pick<PoolState, 'db'>): string[] {
  return Object.keys(CLASSES).flatMap((name) => [...db.table(name)!.refs()]);
}

const text = (value: Value | undefined): string => (typeof value === 'string' ? value : '');
