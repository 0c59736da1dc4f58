import type { LibraryOperation } from '../../../shared/model/library-operation';
import { formatBytes, formatDuration } from '../../platform/format';
import { diskRef } from '../../platform/object-ref';
import { isLive } from '../../stores/library-operations';
import { Button } from '../../ui/button';
import { IconButton } from '../../ui/icon-button';
import { Note } from '../../ui/note';
import { ProgressBar } from '../../ui/progress-bar';
import { FailureNote } from '../../ui/states';
import { useServices } from '../../workbench/use-services';
import { operationTitle, STEPS } from './operation-words';
import { ServedDisk } from './served-disk';

/** Something long that is done with an export: how far it is, what came of it, and how to end it. */
export function OperationView({ operation }: { operation: LibraryOperation }) {
  if (operation.state === 'serving') return <ServedDisk operation={operation} />;
  if (operation.state === 'running') return <Running operation={operation} />;
  return <Ended operation={operation} />;
}

function Running({ operation }: { operation: LibraryOperation }) {
  const { commands } = useServices();
  const { id, step, doneBytes, totalBytes } = operation;
  const share = totalBytes > 0 ? Math.min(1, doneBytes / totalBytes) : undefined;
  return (
    <div className="ds-operation" role="group" aria-label={operationTitle(operation)}>
      <span>{STEPS[step]}</span>
      <ProgressBar share={share} label={STEPS[step]} />
      <span className="ds-number ds-muted">
        {totalBytes > 0 ? `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}` : ''}
      </span>
      <Button icon="debug-stop" onClick={() => void commands.run('library.stop', id)}>
        Cancel
      </Button>
    </div>
  );
}

/** Verifying leaves its verdict with the link instead; only that nothing could be compared is told here. */
function Ended({ operation }: { operation: LibraryOperation }) {
  const { state, result } = operation;
  const failure = operation.failure ?? (result?.kind === 'verify' ? result.report.notCompared : undefined);
  if (isLive(operation)) return null;
  if (failure !== undefined) {
    return (
      <div className="ds-operation-end">
        <FailureNote failure={failure} />
        <PutAway id={operation.id} />
      </div>
    );
  }
  if (state === 'cancelled') {
    return (
      <div className="ds-operation-end">
        <Note tone="info">{operationTitle(operation)} was cancelled. It left nothing behind.</Note>
        <PutAway id={operation.id} />
      </div>
    );
  }
  if (result?.kind !== 'flatten' && result?.kind !== 'restore') return null;
  return (
    <div className="ds-operation-end">
      <Note tone="success">
        <Result operation={operation} />
      </Note>
      <PutAway id={operation.id} />
    </div>
  );
}

function Result({ operation: { result, request } }: { operation: LibraryOperation }) {
  const { commands } = useServices();
  if (result?.kind === 'flatten') {
    return (
      <>
        <p className="ds-selectable">
          Flattened into {result.file}: a disk of {formatBytes(result.sizeBytes)},{' '}
          {formatBytes(result.writtenBytes)} written in {formatDuration(result.seconds)}.
        </p>
        <button
          type="button"
          className="ds-link"
          onClick={() => void commands.run('library.revealFolder', result.file)}
        >
          Show in folder
        </button>
      </>
    );
  }
  if (result?.kind !== 'restore' || request.kind !== 'restore') return null;
  const { disk } = result;
  return (
    <>
      <p className="ds-selectable">
        Restored as “{disk.diskName}” on {disk.storageName}: {formatBytes(disk.sentBytes)} sent as{' '}
        {disk.format} ({disk.formatReason})
        {disk.provedBytes === undefined
          ? '; it was not read back.'
          : `; ${formatBytes(disk.provedBytes)} read back and found right.`}
      </p>
      <p className="ds-note-next">No VM uses it yet: attach it to one on the pool.</p>
      {[disk.notNoted, disk.marksRemain].map(
        (warning) =>
          warning && (
            <p key={warning.code} className="ds-selectable">
              Take care: {warning.message} {warning.nextStep}
            </p>
          ),
      )}
      <button
        type="button"
        className="ds-link"
        onClick={() => void commands.run('object.open', diskRef(request.poolId, disk.diskUuid))}
      >
        Show the disk
      </button>
    </>
  );
}

function PutAway({ id }: { id: string }) {
  const { commands } = useServices();
  return (
    <IconButton icon="close" label="Put Away" onClick={() => void commands.run('library.dismiss', id)} />
  );
}
