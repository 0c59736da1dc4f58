import { useEffect } from 'react';
import { useStore } from 'zustand';
import { formatDateTime } from '../../platform/format';
import { SelectField } from '../../ui/field';
import { useServices } from '../../workbench/use-services';
import type { RequestForm } from './request-form';

/** The export to build on: the newest usable one, or one the admin names. */
export function BaseField({ form, onChange }: { form: RequestForm; onChange: (base: string) => void }) {
  const { library, engine } = useServices();
  const folder = form.targetFolder.trim();
  const scan = useStore(library, ({ scans }) => scans.get(folder));
  const only = form.diskUuids.length === 1 ? form.diskUuids[0] : undefined;

  useEffect(() => {
    if (folder === '' || library.getState().scans.has(folder)) return;
    library.putScan(folder, { state: 'scanning' });
    void engine
      .request('library.scan', { folder })
      .then((result) =>
        library.putScan(
          folder,
          result.ok
            ? { state: 'scanned', disks: result.value }
            : { state: 'failed', failure: result.failure },
        ),
      );
  }, [folder, library, engine]);

  const entries =
    scan?.state === 'scanned'
      ? scan.disks.filter(({ diskUuid }) => diskUuid === only).flatMap((disk) => disk.entries)
      : [];
  const options = [
    { value: 'auto', label: 'The newest usable export in the folder' },
    ...entries
      .filter(({ failure }) => failure === undefined)
      .map(({ manifestPath, manifest }) => ({
        value: manifestPath,
        label: `${manifest.image.file} · ${formatDateTime(manifest.snapshot.takenAt)}`,
      }))
      .reverse(),
  ];
  return (
    <SelectField
      label="Base of an increment"
      help={
        only === undefined
          ? 'Each disk builds on its own newest export.'
          : entries.length === 0
            ? 'This folder holds no export of this disk yet.'
            : undefined
      }
      options={options}
      value={options.some(({ value }) => value === form.base) ? form.base : 'auto'}
      disabled={form.mode === 'full' || options.length === 1}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
