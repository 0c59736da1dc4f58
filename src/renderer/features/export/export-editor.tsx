import { useEffect } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Disk } from '../../../shared/model/inventory';
import { editorId } from '../../platform/editors';
import { CommandButton } from '../../workbench/command-button';
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
  const { settings } = useServices();
  const id = editorId({ type: 'export', params: { ...params } });
  const form =
    useStore(forms, (state) => state.forms.get(id)) ??
    initialForm(
      disks.map(({ uuid }) => uuid),
      settings.get(),
    );
  const setForm = (next: RequestForm): void => forms.put(id, next);
  const starting = useStore(forms, (state) => state.starting.has(id));
  const plan = usePlan(toRequest(poolId, form), useFacts(poolId, disks));
  const vm = useVmOfDisk(poolId, disks[0]?.uuid ?? '');
  const shown = plan.state === 'planned' ? plan.plan : undefined;
  useEffect(() => {
    forms.showPlan(id, shown);
    return () => forms.showPlan(id, undefined);
  }, [forms, id, shown]);
  return (
    <div className="ds-page">
      <ObjectHeader
        icon="export"
        title={disks.length === 1 ? `Export ${disks[0].name}` : `Export ${disks.length} disks as one set`}
        poolId={poolId}
        path={vm === undefined ? [] : [vm.name]}
        actions={
          <CommandButton
            command="export.start"
            args={[id]}
            overlay={{ 'editor.type': 'export', 'export.ready': shown?.canStart === true && !starting }}
            kind="primary"
          />
        }
      />
      <div className="ds-export">
        <RequestFields disks={disks} form={form} onChange={setForm} />
        <PlanView poolId={poolId} plan={plan} />
      </div>
    </div>
  );
}
