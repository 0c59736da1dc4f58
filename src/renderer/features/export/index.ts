import { createElement } from 'react';
import { editorId } from '../../platform/editors';
import { diskRef } from '../../platform/object-ref';
import { plural } from '../../platform/format';
import { requireTarget } from '../../workbench/object-context';
import type { Services } from '../../workbench/services';
import { useDisk } from '../../workbench/use-objects';
import { registerChooseBase } from './choose-base';
import { ExportEditor } from './export-editor';
import { createFormsStore } from './forms-store';
import { formOf, initialForm } from './request-form';
import { registerStart } from './start-export';
import './export.css';

const idsOf = (disks: string): string[] => disks.split(',').filter((uuid) => uuid !== '');

export function registerExport(services: Services): void {
  const { registries, commands, editors, engine, inventory, jobs, notifications, settings } = services;
  const forms = createFormsStore();
  registerStart(services, forms);
  registerChooseBase(services, forms);

  const chooseFolder = async (): Promise<void> => {
    const active = editors.active();
    if (active?.type !== 'export') return;
    const id = editorId(active);
    const form =
      forms.getState().forms.get(id) ?? initialForm(idsOf(active.params['disks'] ?? ''), settings.get());
    const startIn = form.targetFolder === '' ? {} : { startIn: form.targetFolder };
    const chosen = await engine.ask('dialog.chooseFolder', startIn);
    if (chosen?.value !== undefined) forms.put(id, { ...form, targetFolder: chosen.value });
  };

  registries.editors.register({
    id: 'export',
    component: ({ params }) => createElement(ExportEditor, { params, forms }),
    useTab: ({ pool = '', disks = '' }) => {
      const ids = idsOf(disks);
      const name = useDisk(pool, ids[0] ?? '')?.name;
      return {
        title: `Export ${ids.length === 1 ? (name ?? 'disk') : plural(ids.length, 'disk')}`,
        icon: 'export',
        unknown: name === undefined,
      };
    },
    object: ({ pool = '', disks = '' }) => {
      const first = idsOf(disks)[0];
      return first === undefined ? undefined : diskRef(pool, first);
    },
  });
  commands.register({
    id: 'export.chooseFolder',
    title: 'Choose the Target Folder…',
    category: 'Export',
    icon: 'folder-opened',
    when: "editor.type == 'export'",
    run: chooseFolder,
  });
  commands.register({
    id: 'export.new',
    title: 'Export…',
    category: 'Export',
    icon: 'export',
    keys: ['$mod+KeyE'],
    when: "pool.connected && (object.kind == 'disk' || (object.kind == 'vm' && vm.hasDisks))",
    run: (argument) => {
      const ref = requireTarget(services, argument, 'disk', 'vm');
      if (ref === undefined) return;
      const vm = inventory.pool(ref.poolId)?.vms.get(ref.uuid);
      const disks = vm?.diskUuids ?? [ref.uuid];
      if (disks.length === 0)
        notifications.add({ severity: 'info', message: 'This VM has no disk to export.' });
      else editors.open({ type: 'export', params: { pool: ref.poolId, disks: disks.join(',') } });
    },
  });
  commands.register({
    id: 'export.again',
    title: 'Export Again…',
    category: 'Export',
    icon: 'debug-restart',
    when: "object.kind == 'job' && !job.active && job.state != 'interrupted'",
    run: (argument) => {
      const ref = requireTarget(services, argument, 'job');
      const request = jobs.byId(ref?.uuid ?? '')?.request;
      if (request === undefined) return;
      const input = { type: 'export', params: { pool: request.poolId, disks: request.diskUuids.join(',') } };
      forms.put(editorId(input), formOf(request));
      editors.open(input);
    },
  });
  registries.menus.register(
    { id: 'job/again', menu: 'job', command: 'export.again', group: '2', order: 9 },
    { id: 'vm/export', menu: 'tree/vm', command: 'export.new', group: '2', inline: true },
    { id: 'disk/export', menu: 'tree/disk', command: 'export.new', group: '2', inline: true },
  );
}
