import { editorId } from '../../platform/editors';
import type { Services } from '../../workbench/services';
import { baseOptions } from './base-options';
import type { FormsStore } from './forms-store';
import { initialForm } from './request-form';

/** Choosing by keyboard what the export in front builds on. */
export function registerChooseBase(services: Services, forms: FormsStore): void {
  const { commands, editors, library, quickInput, settings } = services;
  commands.register({
    id: 'export.chooseBase',
    title: 'Choose the Base of the Increment…',
    category: 'Export',
    icon: 'git-compare',
    when: "editor.type == 'export'",
    run: () => {
      const active = editors.active();
      if (active?.type !== 'export') return;
      const id = editorId(active);
      const disks = (active.params['disks'] ?? '').split(',').filter((uuid) => uuid !== '');
      const form = forms.getState().forms.get(id) ?? initialForm(disks, settings.get());
      const scan = library.getState().scans.get(form.targetFolder.trim());
      quickInput.pick({
        title: 'Base of the increment',
        placeholder: 'Choose the export to build on',
        items: baseOptions(form, scan).map(({ value, label }) => ({
          id: value,
          label,
          icon: value === 'auto' ? 'sparkle' : 'archive',
          ...(value === form.base ? { description: 'chosen' } : {}),
          run: () => forms.put(id, { ...form, base: value }),
        })),
      });
    },
  });
}
