import { useEffect } from 'react';
import { useStore } from 'zustand';
import { SelectField } from '../../ui/field';
import { useServices } from '../../workbench/use-services';
import { baseOptions } from './base-options';
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
          result.ok ? { state: 'scanned', ...result.value } : { state: 'failed', failure: result.failure },
        ),
      );
  }, [folder, library, engine]);

  const options = baseOptions(form, scan);
  return (
    <SelectField
      label="Base of an increment"
      help={
        only === undefined
          ? 'Each disk builds on its own newest export.'
          : options.length === 1
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
