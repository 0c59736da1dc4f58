import { formatDateTime } from '../../platform/format';
import type { FolderScan } from '../../stores/library';
import type { RequestForm } from './request-form';

export interface BaseOption {
  /** Path of a manifest, or `auto`. */
  readonly value: string;
  readonly label: string;
}

/** What an increment of the form's disk can build on, newest first. Several disks build on their own newest. */
export function baseOptions({ diskUuids }: RequestForm, scan: FolderScan | undefined): BaseOption[] {
  const only = diskUuids.length === 1 ? diskUuids[0] : undefined;
  const entries =
    scan?.state === 'scanned'
      ? scan.disks.filter(({ diskUuid }) => diskUuid === only).flatMap((disk) => disk.entries)
      : [];
  return [
    { value: 'auto', label: 'The newest usable export in the folder' },
    ...entries
      .filter(({ failure }) => failure === undefined)
      .map(({ manifestPath, manifest }) => ({
        value: manifestPath,
        label: `${manifest.image.file} · ${formatDateTime(manifest.snapshot.takenAt)}`,
      }))
      .reverse(),
  ];
}
