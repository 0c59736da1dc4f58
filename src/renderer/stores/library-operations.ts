import { createStore } from 'zustand/vanilla';
import { manifestOf, type LibraryOperation } from '../../shared/model/library-operation';

export interface LibraryOperationsState {
  /** In the order they were started. */
  readonly operations: ReadonlyMap<string, LibraryOperation>;
  /** Ended ones that the user has put away. */
  readonly dismissed: ReadonlySet<string>;
}

export const isLive = ({ state }: LibraryOperation): boolean => state === 'running' || state === 'serving';

/** Those that concern an export and were not put away, newest first. */
export const shownFor = (
  { operations, dismissed }: LibraryOperationsState,
  manifestPath: string,
): LibraryOperation[] =>
  [...operations.values()]
    .filter(({ id, request }) => manifestOf(request) === manifestPath && !dismissed.has(id))
    .reverse();

export const liveOperations = ({ operations }: Pick<LibraryOperationsState, 'operations'>) =>
  [...operations.values()].filter(isLive);

/** What is done with exports apart from making them: verify, flatten, restore, serve. */
export function createLibraryOperationsStore() {
  const store = createStore<LibraryOperationsState>(() => ({ operations: new Map(), dismissed: new Set() }));
  const put = (operation: LibraryOperation): void =>
    store.setState(({ operations }) => ({ operations: new Map(operations).set(operation.id, operation) }));
  return Object.assign(store, {
    put,
    /** The answer to a start, which what was told since then may have overtaken. */
    putStarted: (operation: LibraryOperation) => {
      if (!store.getState().operations.has(operation.id)) put(operation);
    },
    replace: (list: readonly LibraryOperation[]) =>
      store.setState({ operations: new Map(list.map((operation) => [operation.id, operation])) }),
    dismiss: (id: string) => store.setState(({ dismissed }) => ({ dismissed: new Set(dismissed).add(id) })),
  });
}
export type LibraryOperationsStore = ReturnType<typeof createLibraryOperationsStore>;
