import { z } from 'zod';
import { editorId } from '../../platform/editors';
import { jobRef } from '../../platform/object-ref';
import type { Services } from '../../workbench/services';
import type { FormsStore } from './forms-store';

/** Starting what an export editor shows: exactly the plan on the screen, and only while it may start. */
export function registerStart(services: Services, forms: FormsStore): void {
  const { commands, contextKeys, editors, engine, jobs, layout } = services;

  const activeId = (): string | undefined => {
    const active = editors.active();
    return active?.type === 'export' ? editorId(active) : undefined;
  };
  const tellReady = (): void => {
    const id = activeId();
    const { plans, starting } = forms.getState();
    contextKeys.set({
      'export.ready': id !== undefined && !starting.has(id) && plans.get(id)?.canStart === true,
    });
  };
  editors.onDidChangeActive(tellReady);
  forms.subscribe(tellReady);

  const start = async (id: string): Promise<void> => {
    const { plans, starting } = forms.getState();
    const plan = plans.get(id);
    if (plan?.canStart !== true || starting.has(id)) return;
    forms.setStarting(id, true);
    const started = await engine.ask('export.start', plan);
    forms.setStarting(id, false);
    if (started === undefined) return;
    jobs.put(started.value);
    const { exportFolders } = layout.getState();
    const folder = plan.request.targetFolder;
    if (!exportFolders.includes(folder)) layout.setState({ exportFolders: [...exportFolders, folder] });
    await commands.run('job.open', jobRef(started.value.id));
    editors.close(id);
    forms.drop(id);
  };
  commands.register({
    id: 'export.start',
    title: 'Start Export',
    category: 'Export',
    icon: 'play',
    keys: ['$mod+Enter'],
    when: "editor.type == 'export' && export.ready",
    run: async (argument) => {
      const id = z.string().safeParse(argument).data ?? activeId();
      if (id !== undefined) await start(id);
    },
  });
}
