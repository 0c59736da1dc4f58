import { useStore } from 'zustand';
import type { Finding } from '../../../shared/model/finding';
import type { Disk } from '../../../shared/model/inventory';
import { diskRef } from '../../platform/object-ref';
import { Badge } from '../../ui/badge';
import { Note } from '../../ui/note';
import { CommandButton } from '../../workbench/command-button';
import { useStorage } from '../../workbench/use-objects';
import { useServices } from '../../workbench/use-services';
import { useTarget } from '../../workbench/use-target';

interface TrackingProps {
  readonly poolId: string;
  readonly disk: Disk;
}

export function TrackingBadge({ poolId, disk }: TrackingProps) {
  const storage = useStorage(poolId, disk.storageUuid);
  if (disk.cbtEnabled) return <Badge tone="success">CBT on</Badge>;
  return storage?.supportsCbt === false ? (
    <Badge tone="warning">no CBT</Badge>
  ) : (
    <Badge tone="warning">CBT off</Badge>
  );
}

/** Why a disk is not tracked, where the pool says more than that it is off: lost after an error, a raw disk, … */
function useKnownReason(poolId: string, diskUuid: string): Finding | undefined {
  const { problems } = useServices();
  return useStore(problems, ({ byPool }) => {
    const entry = byPool.get(poolId);
    if (entry?.state !== 'known') return undefined;
    return entry.findings.find(({ objectUuid, code }) => objectUuid === diskUuid && REASONS.has(code));
  });
}
/** Codes of findings about a disk's tracking. */
const REASONS = new Set(['cbt-lost', 'disk-raw', 'disk-type-unsuitable', 'disk-reset-on-boot']);

/** Whether changes are tracked, why not, and the fix. */
export function TrackingState({ poolId, disk }: TrackingProps) {
  const storage = useStorage(poolId, disk.storageUuid);
  const known = useKnownReason(poolId, disk.uuid);
  const ref = diskRef(poolId, disk.uuid);
  const target = useTarget(ref);
  if (disk.cbtEnabled) {
    return (
      <div className="ds-tracking">
        <Note tone="success">
          The pool records which 64 KiB blocks of this disk change. Every snapshot taken from now on can be
          the start or the end of an interval, and the base of an incremental export.
        </Note>
        <CommandButton command="cbt.disable" {...target} kind="link" withIcon={false} />
      </div>
    );
  }
  if (storage?.supportsCbt === false) {
    return (
      <Note tone="warning">
        <p>
          Storage of the type <b>{storage.type}</b> cannot track changed blocks, so it is not known where this
          disk changed.
        </p>
        <p>
          A full export works. For increments, move the disk to storage that can, for example NFS, EXT or LVM.
        </p>
      </Note>
    );
  }
  return (
    <div className="ds-tracking">
      <Note tone="warning">
        {known === undefined ? (
          <p>
            Change tracking is off. It was never turned on, or it was turned off by a tool or by moving the
            disk. The pool reports no error.
          </p>
        ) : (
          <p>{known.text}</p>
        )}
        <p>
          {known?.nextStep ??
            'Changes are known only from the moment it is on. The first export after that is a full one.'}
        </p>
      </Note>
      <CommandButton command="cbt.enable" {...target} kind="primary" />
    </div>
  );
}
