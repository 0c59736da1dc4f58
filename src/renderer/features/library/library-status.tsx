import { useStore } from 'zustand';
import { plural } from '../../platform/format';
import { liveOperations } from '../../stores/library-operations';
import { StatusEntry } from '../../workbench/parts/status-bar';
import { useServices } from '../../workbench/use-services';
import { operationTitle, STEPS } from './operation-words';

/** What is done with exports now. */
export function LibraryStatus() {
  const { libraryOperations } = useServices();
  const text = useStore(libraryOperations, (state) => {
    const busy = liveOperations(state).filter(({ state: now }) => now === 'running');
    if (busy.length !== 1) return busy.length === 0 ? '' : `${plural(busy.length, 'task')} on exports`;
    const [{ totalBytes, doneBytes }] = busy;
    const share = totalBytes > 0 ? ` ${Math.floor((doneBytes / totalBytes) * 100)} %` : '';
    return `${operationTitle(busy[0])}${share}`;
  });
  if (text === '') return null;
  return (
    <StatusEntry icon="sync" spin text={text} label={`${text}. Show it.`} command="library.showRunning" />
  );
}

/** Exports that are served: somebody may be reading them. */
export function ServingStatus() {
  const { libraryOperations } = useServices();
  const count = useStore(
    libraryOperations,
    (state) => liveOperations(state).filter(({ state: now }) => now === 'serving').length,
  );
  if (count === 0) return null;
  const text = count === 1 ? 'Serving an export' : `Serving ${count} exports`;
  return (
    <StatusEntry
      icon="radio-tower"
      text={text}
      label={`${text}: ${STEPS.serving}. Show where.`}
      command="library.showRunning"
    />
  );
}
