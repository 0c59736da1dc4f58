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
import { initialForm, toRequest } from './request-form';
import { RequestFields } from './request-fields';
import { usePlan } from './use-plan';

export function ExportEditor({ params }: { params: EditorParams }) {
  const { pool = '', disks: ids = '' } = params;
  const { inventory } = useServices();
  const disks = useStore(
    inventory,
    useShallow(({ byPool }) => ids.split(',').flatMap((uuid) => byPool.get(pool)?.disks.get(uuid) ?? [])),
  );
  return (
    <ObjectGate poolId={pool} found={disks.length > 0} kind="disk">
      {disks.length > 0 && <ExportPage params={params} poolId={pool} disks={disks} />}
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

function ExportPage({
  params,
  poolId,
  disks,
}: {
  params: EditorParams;
  poolId: string;
  disks: readonly Disk[];
}) {
  const { engine, commands, editors, settings, jobs, layout } = useServices();
  const [form, setForm] = useState(() =>
    initialForm(
      disks.map(({ uuid }) => uuid),
      settings.get(),
    ),
  );
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
    editors.close(editorId({ type: 'export', params: { ...params } }));
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
