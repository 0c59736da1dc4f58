import { useState } from 'react';
import type { Disk } from '../../../shared/model/inventory';
import { formatBytes } from '../../platform/format';
import { Button } from '../../ui/button';
import { CheckField, SelectField, TextField } from '../../ui/field';
import { Section } from '../../ui/section';
import { useServices } from '../../workbench/use-services';
import { BaseField } from './base-field';
import { checkForm, type RequestForm } from './request-form';

export interface RequestFieldsProps {
  readonly disks: readonly Disk[];
  readonly form: RequestForm;
  readonly onChange: (form: RequestForm) => void;
}

const FORMATS = [
  { value: 'qcow2', label: 'qcow2: for QEMU, KVM, Proxmox' },
  { value: 'vhd', label: 'VHD: for XCP-ng, XenServer, Hyper-V' },
  { value: 'raw', label: 'raw: the plain bytes' },
];
const MODES = [
  { value: 'auto', label: 'Automatic: the least that has to be read' },
  { value: 'full', label: 'Full: the whole disk' },
  { value: 'cbt', label: 'Increment: the changed blocks' },
  { value: 'compare', label: 'Increment: the host compares snapshots' },
  { value: 'stream', label: 'Stream: through the host, without NBD' },
];
const AFTER = [
  { value: 'purge', label: 'Keep only its change log' },
  { value: 'keep', label: 'Keep it with its data' },
  { value: 'remove', label: 'Remove it' },
];
const AFTER_HELP: Record<RequestForm['after'], string> = {
  purge: 'Takes almost no space, and the next export can still be an increment on this one.',
  keep: 'Takes space as the disk changes. The export can be checked against it later.',
  remove: 'The next export of these disks will be a full one.',
};

export function RequestFields({ disks, form, onChange }: RequestFieldsProps) {
  const { commands } = useServices();
  const errors = checkForm(form);
  // An empty form is no mistake yet.
  const [folderLeft, setFolderLeft] = useState(false);
  const set = (change: Partial<RequestForm>): void => onChange({ ...form, ...change });
  return (
    <Section title="What to export">
      <div className="ds-export-form">
        <fieldset className="ds-export-disks">
          <legend>Disks</legend>
          {disks.map((disk) => (
            <CheckField
              key={disk.uuid}
              label={`${disk.name} (${formatBytes(disk.sizeBytes)})`}
              checked={form.diskUuids.includes(disk.uuid)}
              disabled={disks.length === 1}
              onChange={(checked) =>
                set({
                  diskUuids: disks
                    .map(({ uuid }) => uuid)
                    .filter((uuid) => (uuid === disk.uuid ? checked : form.diskUuids.includes(uuid))),
                })
              }
            />
          ))}
          {errors.disks !== undefined && <p className="ds-field-error">{errors.disks}</p>}
        </fieldset>
        <TextField
          label="Target folder"
          help="Each disk gets a folder of its own in it."
          placeholder="No folder chosen"
          value={form.targetFolder}
          error={folderLeft ? errors.targetFolder : undefined}
          onBlur={() => setFolderLeft(true)}
          onChange={(event) => set({ targetFolder: event.target.value })}
          after={
            <Button icon="folder-opened" onClick={() => void commands.run('export.chooseFolder')}>
              Choose…
            </Button>
          }
        />
        <SelectField
          label="Format"
          options={FORMATS}
          value={form.format}
          onChange={(event) => set({ format: event.target.value as RequestForm['format'] })}
        />
        <SelectField
          label="Mode"
          options={MODES}
          value={form.mode}
          onChange={(event) => set({ mode: event.target.value as RequestForm['mode'] })}
        />
        <BaseField form={form} onChange={(base) => set({ base })} />
        <SelectField
          label="The snapshot, once the export is done"
          help={AFTER_HELP[form.after]}
          options={AFTER}
          value={form.after}
          onChange={(event) => set({ after: event.target.value as RequestForm['after'] })}
        />
        <div className="ds-form-row">
          <TextField
            label="Connections per disk"
            placeholder="automatic"
            inputMode="numeric"
            value={form.connections}
            error={errors.connections}
            onChange={(event) => set({ connections: event.target.value })}
          />
          <TextField
            label="Limit in MiB/s"
            placeholder="none"
            inputMode="decimal"
            value={form.limit}
            error={errors.limit}
            onChange={(event) => set({ limit: event.target.value })}
          />
        </div>
        <CheckField
          label="Leave out changed blocks whose content is the same as in the base"
          checked={form.skipUnchanged}
          onChange={(skipUnchanged) => set({ skipUnchanged })}
        />
      </div>
    </Section>
  );
}
