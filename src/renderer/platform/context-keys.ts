import { Emitter } from './disposable';
import type { ContextLookup } from './when';

/** Every context key that a `when` clause may name, its default, and what it says. */
export const CONTEXT_KEYS = {
  'object.kind': { initial: '', says: 'pool, vm, disk, snapshot or job: what the command would act on' },
  'pool.connected': { initial: false, says: 'the pool of the object is connected' },
  'pool.demo': { initial: false, says: 'the pool of the object is a demo pool' },
  'pools.any': { initial: false, says: 'at least one pool is known' },
  'pools.anyConnected': { initial: false, says: 'at least one pool is connected' },
  'vm.hasDisks': { initial: false, says: 'the VM has a disk' },
  'vm.running': { initial: false, says: 'the VM, or the VM of the disk, runs' },
  'vm.cbtOff': { initial: false, says: 'a disk of the VM does not track changes' },
  'disk.cbt': { initial: false, says: 'the disk tracks changed blocks' },
  'disk.canTrack': { initial: false, says: 'the storage of the disk can track changed blocks' },
  'disk.hasVm': { initial: false, says: 'the disk belongs to a VM' },
  'snapshot.hasData': { initial: false, says: 'the snapshot still holds its data' },
  'job.state': { initial: '', says: 'state of the job' },
  'job.active': { initial: false, says: 'the job is queued, running or paused' },
  'editor.open': { initial: false, says: 'an editor is open' },
  'editor.type': { initial: '', says: 'type of the active editor' },
  'export.ready': { initial: false, says: 'the plan of the active export editor may start' },
  'library.export': { initial: false, says: 'an export of the library is chosen' },
  'library.whole': { initial: false, says: 'the export and all that it builds on are there' },
  'library.comparable': {
    initial: false,
    says: 'a connected pool still holds the data the export was made of',
  },
  'library.served': { initial: false, says: 'the export is served over NBD' },
  'library.running': { initial: false, says: 'something is done with exports, or one is served' },
  'heatmap.shown': { initial: false, says: 'a map of changed blocks is open' },
  'heatmap.selection': { initial: false, says: 'a range is selected on the map' },
  'heatmap.regions': { initial: false, says: 'it is known what lies where on the disk of the map' },
  'heatmap.job': { initial: false, says: 'a job of the disk can be shown on the map' },
  'heatmap.difference': {
    initial: false,
    says: 'it is known which blocks of the interval on the map truly differ',
  },
  'heatmap.interval': { initial: false, says: 'the map shows what changed from one snapshot to another' },
  'heatmap.intervals': { initial: false, says: 'the disk of the map has several intervals' },
  'heatmap.mode': { initial: '', says: 'what the map shows: changes, compare, churn or playback' },
  'notifications.any': { initial: false, says: 'the notification centre holds something' },
} as const satisfies Record<string, { initial: string | boolean; says: string }>;

export type ContextKey = keyof typeof CONTEXT_KEYS;
export type ContextValue = string | boolean;
export type ContextOverlay = Readonly<Partial<Record<ContextKey, ContextValue>>>;

/** What is true in the window now. An overlay answers first: what is true of one row of a tree, for example. */
export class ContextKeys {
  readonly #values = new Map<string, ContextValue>();
  readonly #changed = new Emitter();
  readonly onDidChange = this.#changed.on;

  get(key: ContextKey): ContextValue {
    return this.#values.get(key) ?? CONTEXT_KEYS[key].initial;
  }

  set(values: ContextOverlay): void {
    let changed = false;
    for (const [key, value] of Object.entries(values) as [ContextKey, ContextValue][]) {
      if (this.get(key) === value) continue;
      this.#values.set(key, value);
      changed = true;
    }
    if (changed) this.#changed.fire();
  }

  lookup(overlay?: ContextOverlay): ContextLookup {
    return (key) => {
      if (!(key in CONTEXT_KEYS)) throw new Error(`context key "${key}" is not declared`);
      return overlay?.[key as ContextKey] ?? this.get(key as ContextKey);
    };
  }
}
