import { useState } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Disk } from '../../../shared/model/inventory';
import { jobRef } from '../../platform/object-ref';
import { editorId } from '../../platform/editors';
import { Button } from '../../ui/button';
import { ObjectGate } from '../../workbench/object-gate';
import { ObjectHeader } from '../../workbench/object-header';
import type { EditorParams } from '../../workbench/registries';
import { useVmOfDisk } from '../../workbench/use-objects';
import { useServices } from '../../workbench/use-services';
import { PlanView } from './plan-view';
import type { FormsStore } from './forms-store';
import { initialForm, toRequest, type RequestForm } from './request-form';
import { RequestFields } from './request-fields';
import { usePlan } from './use-plan';

export interface ExportEditorProps {
  readonly params: EditorParams;
  readonly forms: FormsStore;
}

export function ExportEditor({ params, forms }: ExportEditorProps) {
  const { pool = '', disks: ids = '' } = params;
  const { inventory } = useServices();
  const disks = useStore(
    inventory,
    useShallow(({ byPool }) => ids.split(',').flatMap((uuid) => byPool.get(pool)?.disks.get(uuid) ?? [])),
  );
  return (
    <ObjectGate poolId={pool} found={disks.length > 0} kind="disk">
      {disks.length > 0 && <ExportPage params={params} forms={forms} poolId={pool} disks={disks} />}
    </ObjectGate>
  );
}

/** Changes when a fact does that a plan rests on: tracking, snapshots, how NBD is reached. */
const useFacts = (poolId: string, disks: readonly Disk[]): string =>
  useStore(useServices().inventory, ({ byPool }) =>
    [
      byPool.get(poolId)?.nbdAccess,
      ...disks.map(
        ({ uuid, cbtEnabled, snapshotUuids }) => `${uuid}/${cbtEnabled}/${snapshotUuids.join('+')}`,
      ),
    ].join(),
  );

interface ExportPageProps extends ExportEditorProps {
  readonly poolId: string;
  readonly disks: readonly Disk[];
}

function ExportPage({ params, forms, poolId, disks }: ExportPageProps) {
  const { engine, commands, editors, settings, jobs, layout } = useServices();
  const id = editorId({ type: 'export', params: { ...params } });
  const form =
    useStore(forms, (state) => state.forms.get(id)) ??
    initialForm(
      disks.map(({ uuid }) => uuid),
      settings.get(),
    );
  const setForm = (next: RequestForm): void => forms.put(id, next);
  const [starting, setStarting] = useState(false);
  const plan = usePlan(toRequest(poolId, form), useFacts(poolId, disks));
  const vm = useVmOfDisk(poolId, disks[0]?.uuid ?? '');
  const shown = plan.state === 'planned' ? plan.plan : undefined;

  const start = async (): Promise<void> => {
    if (shown === undefined || !shown.canStart) return;
    setStarting(true);
    const started = await engine.ask('export.start', shown);
    setStarting(false);
    if (started === undefined) return;
    jobs.put(started.value);
    const { exportFolders } = layout.getState();
    const folder = shown.request.targetFolder;
    if (!exportFolders.includes(folder)) layout.setState({ exportFolders: [...exportFolders, folder] });
    await commands.run('job.open', jobRef(started.value.id));
    editors.close(id);
    forms.drop(id);
  };
  return (
    <div className="ds-page">
      <ObjectHeader
        icon="export"
        title={disks.length === 1 ? `Export ${disks[0].name}` : `Export ${disks.length} disks as one set`}
        poolId={poolId}
        path={vm === undefined ? [] : [vm.name]}
        actions={
          <Button
            kind="primary"
            icon="play"
            busy={starting}
            disabled={shown?.canStart !== true || starting}
            onClick={() => void start()}
          >
            Start Export
          </Button>
        }
      />
      <div className="ds-export">
        <RequestFields disks={disks} form={form} onChange={setForm} />
        <PlanView poolId={poolId} plan={plan} />
      </div>
    </div>
  );
}
