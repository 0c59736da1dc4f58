import type { Services } from '../../workbench/services';
import { ProblemsView } from './problems-view';
import { ProblemsStatus, useProblemCount } from './problems-status';

export function registerProblems({ registries }: Services): void {
  registries.panelViews.register({
    id: 'problems',
    title: 'Problems',
    order: 2,
    component: ProblemsView,
    useBadge: useProblemCount,
  });
  registries.statusEntries.register({ id: 'problems', side: 'left', order: 3, component: ProblemsStatus });
}
