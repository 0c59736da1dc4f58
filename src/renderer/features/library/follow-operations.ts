import { manifestOf, type LibraryOperation } from '../../../shared/model/library-operation';
import { diskRef } from '../../platform/object-ref';
import { isLive } from '../../stores/library-operations';
import type { NotificationAction } from '../../stores/notifications';
import { withReport } from '../../stores/verdicts';
import type { Services } from '../../workbench/services';
import { filesOf } from './export-files';
import { operationTitle, resultText } from './operation-words';

/** Remembers what verifying found, and tells the user how everything ended. */
export function followOperations(services: Services): void {
  const { libraryOperations } = services;
  libraryOperations.subscribe(({ operations }, { operations: before }) => {
    if (operations === before) return;
    for (const operation of operations.values()) {
      const known = before.get(operation.id);
      if (known === operation || isLive(operation) || (known !== undefined && !isLive(known))) continue;
      remember(services, operation);
      if (known !== undefined) announce(services, operation);
    }
  });
}

function remember({ layout, library }: Services, { result, endedAt, request }: LibraryOperation): void {
  if (result?.kind !== 'verify') return;
  const manifestPath = manifestOf(request) ?? '';
  const exports = library.find(manifestPath)?.disk.entries.map(filesOf) ?? [];
  layout.setState(({ verdicts }) => ({
    verdicts: withReport(verdicts, result.report, exports, endedAt ?? new Date().toISOString()),
  }));
}

/** A toast only where the chain is not in front, and never for what the user stopped. */
function announce(services: Services, operation: LibraryOperation): void {
  const { notifications } = services;
  const { request, result, state, failure } = operation;
  if (state === 'cancelled') return;
  const manifestPath = manifestOf(request);
  const toast = manifestPath === undefined || !isInFront(services, manifestPath);
  const title = operationTitle(operation);
  const show: readonly NotificationAction[] =
    manifestPath === undefined
      ? []
      : [{ title: 'Show the chain', command: 'library.open', args: [manifestPath] }];
  if (failure !== undefined) {
    const { message, nextStep, details } = failure;
    notifications.add({
      severity: 'error',
      message: `${title}: ${message}`,
      nextStep,
      ...(details === undefined ? {} : { details }),
      toast,
      actions: show,
    });
    return;
  }
  if (request.kind === 'serve') return;
  const report = result?.kind === 'verify' ? result.report : undefined;
  const fault = report?.faults.at(0);
  const mend = fault ?? report?.notCompared;
  const actions =
    result?.kind === 'restore' && request.kind === 'restore'
      ? [
          {
            title: 'Show the disk',
            command: 'object.open',
            args: [diskRef(request.poolId, result.disk.diskUuid)],
          },
        ]
      : result?.kind === 'range'
        ? [{ title: 'Show in folder', command: 'library.revealFolder', args: [result.file] }]
        : show;
  notifications.add({
    severity: fault ? 'error' : mend ? 'warning' : 'success',
    message: `${title}: ${resultText(operation)}`,
    ...(mend === undefined ? {} : { nextStep: mend.nextStep }),
    toast,
    actions,
  });
}

function isInFront({ editors, library }: Services, manifestPath: string): boolean {
  const active = editors.active();
  const disk = library.find(manifestPath)?.disk;
  return (
    active?.type === 'chain' &&
    active.params['folder'] === disk?.folder &&
    active.params['disk'] === disk?.diskUuid
  );
}
