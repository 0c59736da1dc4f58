import type { OurObject, UnprovedObject } from '../xapi';

export interface LeftoverObject extends Omit<OurObject, 'kind'> {
  /** `restored-disk`: it is whole, and the admin's; only the marks of an unfinished one are left over. */
  readonly kind: OurObject['kind'] | 'restored-disk';
}

/**
 * Names those unfinished disks that are whole: the pool went back to an older database, in which they still had all or
 * some of their marks. What attaches such a disk to a control domain is then nothing of ours.
 * @param restored uuids of disks whose restore is known to have ended well
 */
export function asRestored(
  objects: readonly OurObject[],
  unproved: readonly UnprovedObject[],
  restored: ReadonlySet<string>,
): LeftoverObject[] {
  const isWhole = ({ kind, uuid }: OurObject | UnprovedObject): boolean =>
    kind === 'unfinished-disk' && restored.has(uuid);
  const marked = objects.filter(isWhole);
  const jobIds = new Set(marked.map(({ jobId }) => jobId));
  const halfMarked = unproved.filter(isWhole).map(({ uuid, name, jobIdStart }) => ({
    ...{ uuid, name, jobId: jobIdStart === '' ? undefined : jobIdStart, createdAt: undefined, kept: false },
  }));
  return [
    ...objects.filter(
      (object) => !isWhole(object) && !(object.kind === 'attachment' && jobIds.has(object.jobId)),
    ),
    ...[...marked, ...halfMarked].map((disk) => ({ ...disk, kind: 'restored-disk' as const })),
  ];
}
