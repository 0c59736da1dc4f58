import { combine, type Disposable } from '../../platform/disposable';
import { cycleParts, focusPart } from '../parts/focus-parts';
import type { Services } from '../services';

/** Shows and hides the parts of the window and moves between them. */
export function registerViewCommands({
  commands,
  layout,
  registries,
  quickInput,
  notifications,
}: Services): Disposable {
  const category = 'View';
  const focusSoon = (part: string): void => void setTimeout(() => focusPart(part), 30);
  const views = registries.views.all().map((view, index) => ({
    id: `view.${view.id}`,
    title: `Show ${view.title}`,
    category,
    icon: view.icon,
    keys: [`Control+Shift+Digit${index + 1}`],
    run: () => {
      layout.setState({ view: view.id, sideBarVisible: true });
      focusSoon('side-bar');
    },
  }));
  const panels = registries.panelViews.all().map((view) => ({
    id: `panel.${view.id}`,
    title: `Show ${view.title} in the Panel`,
    category,
    run: () => {
      layout.setState({ panelView: view.id, panelVisible: true });
      focusSoon('panel');
    },
  }));
  return combine(
    commands.register(
      ...views,
      ...panels,
      {
        id: 'view.toggleSideBar',
        title: 'Show or Hide the Side Bar',
        category,
        icon: 'layout-sidebar-left',
        keys: ['$mod+KeyB'],
        run: () => layout.setState(({ sideBarVisible }) => ({ sideBarVisible: !sideBarVisible })),
      },
      {
        id: 'view.togglePanel',
        title: 'Show or Hide the Panel',
        category,
        icon: 'layout-panel',
        keys: ['$mod+KeyJ'],
        run: () => layout.setState(({ panelVisible }) => ({ panelVisible: !panelVisible })),
      },
      {
        id: 'view.focusNextPart',
        title: 'Focus the Next Part of the Window',
        category,
        keys: ['F6'],
        run: () => cycleParts(1),
      },
      {
        id: 'view.focusPreviousPart',
        title: 'Focus the Previous Part of the Window',
        category,
        keys: ['Shift+F6'],
        run: () => cycleParts(-1),
      },
      {
        id: 'quick.commands',
        title: 'Show All Commands',
        category,
        icon: 'terminal',
        keys: ['$mod+Shift+KeyP', 'F1'],
        run: () => quickInput.show('>'),
      },
      {
        id: 'quick.goTo',
        title: 'Go to VM or Disk',
        category: 'Go',
        icon: 'search',
        keys: ['$mod+KeyP'],
        run: () => quickInput.show(''),
      },
      {
        id: 'quick.help',
        title: 'What Can Be Typed in the Quick Input',
        category,
        run: () => quickInput.show('?'),
      },
      {
        id: 'notifications.show',
        title: 'Show or Hide Notifications',
        category,
        icon: 'bell',
        keys: ['$mod+Shift+KeyN'],
        run: () => notifications.showCentre(!notifications.getState().centreOpen),
      },
      {
        id: 'notifications.clear',
        title: 'Clear All Notifications',
        category,
        icon: 'clear-all',
        when: 'notifications.any',
        run: notifications.clear,
      },
    ),
  );
}
