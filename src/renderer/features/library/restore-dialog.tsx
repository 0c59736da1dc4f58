import { useState } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import { formatBytes, formatDateTime } from '../../platform/format';
import { findExport, type FoundExport } from '../../stores/library';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { CheckField, SelectField, TextField } from '../../ui/field';
import { Note } from '../../ui/note';
import { CopyLine } from '../../workbench/copy-line';
import { useServices } from '../../workbench/use-services';
import { restoreLine } from './command-lines';
import { linkState } from './link-state';
import { startOperation } from './operation-commands';
import { RestorePlan } from './restore-plan';
import { freeBytes, useRestoreTargets } from './restore-targets';

/** Where an export is to be restored to, and what will happen. */
export function RestoreDialog() {
  const { dialogs, library } = useServices();
  const open = useStore(dialogs, (state) => state.open);
  const manifestPath = open?.kind === 'restore' ? open.manifestPath : '';
  const found = useStore(
    library,
    useShallow((state) => findExport(state, manifestPath)),
  );
  return found === undefined ? null : <Restore key={manifestPath} found={found} />;
}

function Restore({ found: { entry, disk } }: { found: FoundExport }) {
  const services = useServices();
  const { manifest, manifestPath } = entry;
  const { dialogs, commands, layout } = services;
  const { kind } = linkState(entry, disk.entries, layout.getState().verdicts);
  const close = (): void => dialogs.close();
  const [wish, setWish] = useState({ poolId: '', storageUuid: '', prove: true });
  const suggested = `${manifest.disk.name || 'Restored disk'} ${manifest.snapshot.takenAt.slice(0, 16).replace('T', ' ')}`;
  const [name, setName] = useState(suggested);
  const { pools, pool, storages, storage } = useRestoreTargets(manifest, wish);

  if (pool === undefined) {
    return (
      <Dialog
        title="Restore"
        onClose={close}
        footer={
          <>
            <Button onClick={close}>Cancel</Button>
            <Button
              kind="primary"
              icon="plug"
              onClick={() => {
                close();
                void commands.run('pool.connect');
              }}
            >
              Connect to a Pool…
            </Button>
          </>
        }
      >
        <Note tone="info">No pool is connected. Connect to the one that the new disk is to lie on.</Note>
      </Dialog>
    );
  }
  const start = (): void => {
    if (storage === undefined || name.trim() === '') return;
    close();
    void commands.run('library.open', manifestPath);
    void startOperation(services, {
      kind: 'restore',
      manifestPath,
      poolId: pool.id,
      storageUuid: storage.uuid,
      name: name.trim(),
      prove: wish.prove,
    });
  };
  return (
    <Dialog
      wide
      title={`Restore ${manifest.disk.name}`}
      description={`As it was on ${formatDateTime(manifest.snapshot.takenAt)}, ${formatBytes(manifest.sizeBytes)}.`}
      onClose={close}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button
            kind="primary"
            icon="cloud-upload"
            disabled={storage === undefined || name.trim() === ''}
            onClick={start}
          >
            Restore
          </Button>
        </>
      }
    >
      <form
        className="ds-form"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <div className="ds-form-row">
          <SelectField
            label="Pool"
            value={pool.id}
            options={pools.map(({ id, name: label, url }) => ({ value: id, label: label || url }))}
            onChange={(event) => setWish({ ...wish, poolId: event.target.value, storageUuid: '' })}
          />
          <SelectField
            label="Storage"
            value={storage?.uuid ?? ''}
            options={storages.map((option) => ({
              value: option.uuid,
              label: `${option.name}: ${formatBytes(freeBytes(option))} free`,
            }))}
            {...(storages.length === 0 ? { error: 'This pool has no storage for disks.' } : {})}
            onChange={(event) => setWish({ ...wish, storageUuid: event.target.value })}
          />
        </div>
        <TextField
          label="Name of the new disk"
          autoFocus
          value={name}
          error={name.trim() === '' ? 'The new disk needs a name.' : undefined}
          onChange={(event) => setName(event.target.value)}
        />
        <CheckField
          label="Read the new disk back and compare it with the checksums"
          help="Takes about as long again, and proves that the pool has what the export holds."
          checked={wish.prove}
          onChange={(prove) => setWish({ ...wish, prove })}
        />
        {storage !== undefined && (
          <RestorePlan
            manifest={manifest}
            storage={storage}
            prove={wish.prove}
            isDamaged={kind === 'damaged' || kind === 'base-damaged'}
          />
        )}
        {storage !== undefined && (
          <CopyLine
            label="The same as a command line"
            text={restoreLine({
              manifestPath,
              poolUrl: pool.url,
              storageUuid: storage.uuid,
              name: name.trim(),
              prove: wish.prove,
            })}
          />
        )}
      </form>
    </Dialog>
  );
}
